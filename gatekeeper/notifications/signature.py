"""Sign a message as Standard Webhooks defines it: HMAC-SHA256 with a shared secret."""

import base64
import binascii
import hashlib
import hmac
from pathlib import Path

from shared.errors import WebhookSecretError
from shared.secret_file import read_secret

_PREFIX = "whsec_"
_MIN_BYTES, _MAX_BYTES = 24, 64
"""The sizes of a secret that Standard Webhooks allows."""
_MAX_FILE_BYTES = 4096
_SETTING = "GATEKEEPER_WEBHOOK_SECRET_FILE"


def read_webhook_secrets(path: Path | None) -> tuple[bytes, ...]:
    """Return the secrets of a file, one in each line; none without a file.

    A receiver accepts a message that one of several secrets has signed. So the file has two while
    a secret is replaced. Raises WebhookSecretError.
    """
    if path is None:
        return ()
    content = read_secret(path, f"file of {_SETTING}", _MAX_FILE_BYTES, WebhookSecretError)
    lines = [line.strip() for line in content.decode("ascii", "replace").splitlines()]
    secrets = tuple(_decode(path, line) for line in lines if line)
    if not secrets or len(content) > _MAX_FILE_BYTES:
        raise WebhookSecretError(
            f"The file of {_SETTING} {path} has {len(content)} bytes and {len(secrets)} secrets. "
            f"Expected one secret in each line, and at most {_MAX_FILE_BYTES} bytes."
        )
    return secrets


def sign(secrets: tuple[bytes, ...], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header `webhook-signature`, with one signature for each secret."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digests = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _decode(path: Path, line: str) -> bytes:
    try:
        digits = line.removeprefix(_PREFIX)
        secret = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not line.startswith(_PREFIX) or not _MIN_BYTES <= len(secret) <= _MAX_BYTES:
        raise WebhookSecretError(
            f"The file of {_SETTING} {path} has a malformed secret: expected {_PREFIX} and the "
            f"base64 of {_MIN_BYTES} to {_MAX_BYTES} bytes. Make one: "
            f'echo "{_PREFIX}$(openssl rand -base64 32)"'
        )
    return secret
