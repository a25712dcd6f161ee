"""The certificate of a service, with its key. Both files are followed.

`load_cert_chain` of a context that is in use would drop the old key before it reads the new one. So
each new pair gets a new context, and each handshake uses the newest one.
"""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from shared.access.followed_file import FollowedFile
from shared.errors import CertificateError, SettingsError
from shared.secret_file import read_secret

TLS_LOOP = "shared.access.tls_loop:TlsLoop"
"""The event loop for uvicorn with TLS, by name."""
_LABEL = "TLS certificate"
_MAX_BYTES = 1 << 20
_KEY_MARK = b"PRIVATE KEY-----"
CERTIFICATE_MARKS = (b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----")


class TlsFiles(NamedTuple):
    """The PEM files of a service: its certificate, with the chain, and its private key."""

    certificate: Path
    key: Path


class _Pair(NamedTuple):
    """A certificate with its key, ready for handshakes."""

    context: ssl.SSLContext
    expires: datetime


def tls_files(prefix: str, certificate: Path | None, key: Path | None) -> TlsFiles | None:
    """Return the files of a service, or None without TLS.

    *prefix* is the prefix of its settings. Raises SettingsError if only one of both is set.
    """
    if certificate is not None and key is not None:
        return TlsFiles(certificate, key)
    if certificate is None and key is None:
        return None
    given, missing = ("CERT", "KEY") if key is None else ("KEY", "CERT")
    raise SettingsError(
        f"{prefix}TLS_{given} is set and {prefix}TLS_{missing} is not. Set both, or none."
    )


class ServerCertificate:
    """The newest good certificate of a service. Raises CertificateError at the start."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._followed = FollowedFile(_LABEL, lambda: _read(files), lambda _: _load(files))
        self.context = self._followed.value.context
        """The context for a server. It does not change when the files do."""
        self.context.sni_callback = self._use_newest

    @property
    def problem(self) -> str | None:
        """Why the files are not used, or that the certificate in use has expired."""
        if self._followed.problem is None and self._followed.value.expires <= datetime.now(UTC):
            return _expired(self._files.certificate, self._followed.value.expires)
        return self._followed.problem

    def make_context(self, *_: object) -> ssl.SSLContext:
        """Return the context, in the form that uvicorn wants."""
        return self.context

    def poll(self) -> None:
        """Read the files, and use them if they are new and good."""
        self._followed.poll()

    def _use_newest(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        """Choose the context of a handshake, which OpenSSL calls also without a name."""
        connection.context = self._followed.value.context


def _read(files: TlsFiles) -> bytes:
    try:
        certificate = files.certificate.read_bytes()
    except OSError as error:
        raise CertificateError(
            f"The certificate {files.certificate} cannot be read: {error.strerror or error}."
        ) from error
    key = read_secret(files.key, "private key", _MAX_BYTES, CertificateError)
    if not all(mark in certificate for mark in CERTIFICATE_MARKS):
        raise CertificateError(f"The file {files.certificate} contains no certificate in PEM form.")
    if _KEY_MARK not in key:
        raise CertificateError(f"The file {files.key} contains no private key in PEM form.")
    return certificate + b"\0" + key


def _load(files: TlsFiles) -> _Pair:
    def refuse_password() -> str:
        raise CertificateError(
            f"The private key {files.key} is encrypted, and a service cannot ask for a password. "
            "Remove it with `openssl pkey`, and protect the file by its mode."
        )

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(files.certificate, files.key, refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(
                f"The private key {files.key} does not belong to the certificate "
                f"{files.certificate}. Use the two files that were made together."
            ) from error
        raise CertificateError(
            f"The certificate {files.certificate} with the private key {files.key} cannot be "
            f"used: {error.reason or error}."
        ) from error
    except OSError as error:
        raise CertificateError(
            f"The certificate {files.certificate} or the private key {files.key} cannot be read: "
            f"{error.strerror or error}."
        ) from error
    return _Pair(context, _check_dates(files.certificate))


def _check_dates(path: Path) -> datetime:
    """Return when the service's own certificate expires. Raises CertificateError."""
    from cryptography import x509  # noqa: PLC0415 - only services with TLS need it

    try:
        own = x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise CertificateError(f"The certificate {path} is malformed: {error}.") from error
    now = datetime.now(UTC)
    if own.not_valid_before_utc > now:
        raise CertificateError(
            f"The certificate {path} is not valid before {own.not_valid_before_utc:%Y-%m-%d %H:%M}"
            " UTC. Check the clock of this machine."
        )
    if own.not_valid_after_utc <= now:
        raise CertificateError(_expired(path, own.not_valid_after_utc))
    return own.not_valid_after_utc


def _expired(path: Path, expires: datetime) -> str:
    return f"The certificate {path} expired on {expires:%Y-%m-%d %H:%M} UTC. Renew it."


def follow_certificate(
    prefix: str, certificate: Path | None, key: Path | None
) -> ServerCertificate | None:
    """Read the certificate of a service, to follow it; None without TLS.

    *prefix* is the prefix of its settings. Raises SettingsError or CertificateError.
    """
    files = tls_files(prefix, certificate, key)
    return None if files is None else ServerCertificate(files)
