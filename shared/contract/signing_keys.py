"""Ed25519 keys (RFC 8032) in files. Only `shared.contract.signatures` imports this.

The files are those of openssl: PEM, with private keys as PKCS #8 and public keys as
SubjectPublicKeyInfo.
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
"""The library's errors for a malformed key, a password, and an unknown algorithm."""


class SigningKey:
    """A private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.fingerprint = _fingerprint(key.public_key())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the key in a file that other users cannot read; raise KeyFileError otherwise."""
        data = read_secret(path, "private key file", _MAX_BYTES, KeyFileError)
        try:
            key = load_pem_private_key(data, password=None)
        except _UNREADABLE as error:
            raise _refused(path, "one private Ed25519 key in PEM, without a password") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _refused(path, "an Ed25519 key, not one of another kind")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of *message*: 64 bytes, the same each time."""
        return self._key.sign(message)


class KnownKeys:
    """The trusted public keys: usually one, several while keys are being replaced."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read all keys in a file; raise KeyFileError if it does not contain public keys."""
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
        """The fingerprint of every key, in the order of the file."""
        return tuple(self._keys)

    def verify(self, message: bytes, signature: bytes, source: Path) -> str:
        """Return the fingerprint of the key that signed *message*, or raise SignatureError."""
        for fingerprint, key in self._keys.items():
            try:
                key.verify(signature, message)
            except InvalidSignature:
                continue
            return fingerprint
        raise SignatureError(
            f"The signature of {source} is not valid: another key signed the file, or the file "
            f"was altered. Expected a signature by {' or '.join(self._keys)}."
        )


def _public_key(path: Path, block: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(block)
    except _UNREADABLE as error:
        raise _refused(path, "only public Ed25519 keys in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _refused(path, "Ed25519 keys, not keys of another kind")
    return key


def _fingerprint(key: Ed25519PublicKey) -> str:
    """Return the hash that `openssl pkey -pubin -outform DER | sha256sum` prints."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{hashlib.sha256(der).hexdigest()}"


def _refused(path: Path, expected: str) -> KeyFileError:
    return KeyFileError(f"The key file {path} must contain {expected}. `make keys` creates keys.")
