"""Ed25519 keys in files, and what they sign. Only `shared.contract.signatures` imports this.

The files are those of openssl: PEM, a private key as PKCS #8, public ones as
SubjectPublicKeyInfo. The algorithm is RFC 8032's.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from shared.errors import KeyFileError, SignatureError
from shared.secret_file import read_secret

_MAX_BYTES = 64 << 10
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)
"""What the library says of what is no key, of a password, and of a kind that it does not know."""


class SigningKey:
    """One private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.fingerprint = _fingerprint(key.public_key())

    @classmethod
    def read(cls, path: Path) -> Self:
        """The key in a file that nobody but its owner may read; raises KeyFileError."""
        data = read_secret(path, "private key file", _MAX_BYTES, KeyFileError)
        try:
            key = load_pem_private_key(data, password=None)
        except _UNREADABLE as error:
            raise _refused(path, "one private Ed25519 key in PEM, without a password") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _refused(path, "an Ed25519 key, and not one of another kind")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """The signature of *message*, 64 bytes; always the same one."""
        return self._key.sign(message)


class KnownKeys:
    """The public keys of whoever is believed: one, or while keys are changed several."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    @classmethod
    def read(cls, path: Path) -> Self:
        """All keys in a file, one after the other; raises KeyFileError."""
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_BYTES)
        except OSError as error:
            raise KeyFileError(
                f"The public key file {path} cannot be read: {error.strerror or error}."
            ) from error
        keys = [_public_key(path, block[0]) for block in _BLOCK.finditer(data)]
        if not keys:
            raise _refused(path, "public Ed25519 keys in PEM")
        return cls({_fingerprint(key): key for key in keys})

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Of every key, in the order of the file."""
        return tuple(self._keys)

    def verify(self, message: bytes, signature: bytes, source: Path) -> str:
        """The fingerprint of the key that signed *message*; raises SignatureError."""
        for fingerprint, key in self._keys.items():
            try:
                key.verify(signature, message)
            except InvalidSignature:
                continue
            return fingerprint
        raise SignatureError(
            f"The signature of {source} is of no known key, or it was altered; known is "
            f"{' and '.join(self._keys)}."
        )


def _public_key(path: Path, block: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(block)
    except _UNREADABLE as error:
        raise _refused(path, "public Ed25519 keys in PEM and nothing else") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _refused(path, "Ed25519 keys, and none of another kind")
    return key


def _fingerprint(key: Ed25519PublicKey) -> str:
    """What `openssl pkey -pubin -outform DER | sha256sum` prints."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def _refused(path: Path, expected: str) -> KeyFileError:
    return KeyFileError(f"The key file {path} must hold {expected}. `make keys` makes such files.")
