"""Certificates for tests, made in a moment."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

DAY = timedelta(days=1)


class Pair(NamedTuple):
    """A certificate and its private key, as PEM."""

    certificate: bytes
    key: bytes

    def write(self, directory: Path) -> dict[str, Path]:
        """Write both files, each in one step. Return the last parts of the settings' names."""
        files = {"TLS_CERT": directory / "cert.pem", "TLS_KEY": directory / "key.pem"}
        for path, content in zip(files.values(), self, strict=True):
            replace(path, content)
        return files

    def trust(self) -> ssl.SSLContext:
        """Return a client's context that trusts only this certificate, and checks the name."""
        return ssl.create_default_context(cadata=self.certificate.decode())


def replace(path: Path, content: bytes) -> None:
    """Replace a secret file in one step."""
    other = path.with_name(f"{path.name}.new")
    other.write_bytes(content)
    other.chmod(0o600)
    other.rename(path)


def make_pair(*, password: bytes = b"", begins: timedelta = -DAY, ends: timedelta = DAY) -> Pair:
    """Make a self-signed certificate for this machine, with a new key."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    # Clients find the authority by its name, so each one has its own.
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"test {serial}"[:64])])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return Pair(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption),
    )


def served_certificate(port: int, server_name: str | None = None) -> bytes:
    """Return the certificate that a server shows now, as PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 60) as plain,
        context.wrap_socket(plain, server_hostname=server_name) as connection,
    ):
        shown = connection.getpeercert(binary_form=True)
    assert shown is not None
    return ssl.DER_cert_to_PEM_cert(shown).encode()
