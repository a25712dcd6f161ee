"""How the commands of this project verify a service before they send it a secret."""

import ssl
from pathlib import Path

from shared.access.certificate import CERTIFICATE_MARKS
from shared.errors import ClientError


def own_service_context(certificate: Path | None) -> ssl.SSLContext:
    """Return a context that trusts only *certificate*, with any name.

    A command on the service's machine uses the address of the machine, which a certificate seldom
    names. But it can read the certificate itself. Raises ClientError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificate is None:
        return context  # without TLS nothing is verified
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        # Only the first one: the others in the file may have signed certificates of others.
        begin, end = CERTIFICATE_MARKS
        _, found, rest = certificate.read_bytes().partition(begin)
        own = found + rest.partition(end)[0] + end + b"\n"
        context.load_verify_locations(cadata=own.decode("ascii"))
    except (OSError, ValueError) as error:
        raise ClientError(
            f"The certificate {certificate} of the service cannot be read: {error}."
        ) from error
    return context


def any_service_context(url: str) -> ssl.SSLContext:
    """Return a context that trusts the authorities of this machine, or of SSL_CERT_FILE."""
    if url.startswith("https:"):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
