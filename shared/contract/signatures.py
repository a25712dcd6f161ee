"""Sign and verify manifests and registries; docs/volume-format.md specifies the signatures.

`signing_keys` imports the cryptography library, so it is imported only if a key is configured.
"""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from shared.contract import strict_json
from shared.contract.documents import Registry
from shared.errors import SignatureError

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys, SigningKey

_MANIFEST = b"modelgate manifest 1\n"
_REGISTRY = b"modelgate registry 1\n"
"""Prefixes of signed bytes: a manifest's signature is never valid for a registry."""


def signing_key(path: Path | None) -> "SigningKey | None":
    """Read the private key in *path*, if one is configured; raise KeyFileError if it is invalid."""
    if path is None:
        return None
    from shared.contract.signing_keys import SigningKey  # noqa: PLC0415 - 9 MiB, for those who sign

    return SigningKey.read(path)


def known_keys(path: Path | None) -> "KnownKeys | None":
    """Read the public keys in *path*, if configured; raise KeyFileError if they are invalid."""
    if path is None:
        return None
    from shared.contract.signing_keys import KnownKeys  # noqa: PLC0415 - 9 MiB, for those who verify

    return KnownKeys.read(path)


def sign_manifest(data: bytes, key: "SigningKey") -> bytes:
    """Return the signature (64 bytes) of the manifest whose file contains *data*."""
    return key.sign(_MANIFEST + data)


def verify_manifest(data: bytes, signature: bytes, keys: "KnownKeys", source: Path) -> str:
    """Return the fingerprint of the key that signed a manifest, or raise SignatureError."""
    return keys.verify(_MANIFEST + data, signature, source)


def sign_registry(registry: Registry, key: "SigningKey | None") -> Registry:
    """Return the registry with the signature of *key*; without a key, without a signature."""
    bare = registry.model_copy(update={"signature": None})
    if key is None:
        return bare
    signature = base64.b64encode(key.sign(_REGISTRY + bare.encode())).decode()
    return bare.model_copy(update={"signature": signature})


def is_signed(registry: Registry, key: "SigningKey") -> bool:
    """Say whether *key* signed this registry; signing again gives the same signature."""
    return sign_registry(registry, key) == registry


def verify_registry(data: bytes, keys: "KnownKeys", source: Path) -> str:
    """Return the fingerprint of the key that signed the registry with the bytes *data*.

    Raises:
        SignatureError: The registry has no signature of a known key, or was altered.
        DocumentError: The bytes are not strict JSON.
    """
    content = strict_json.decode(data, source)
    # Only canonical bytes are accepted: then the parsed document is the signed one.
    if not isinstance(content, dict) or strict_json.encode(content) != data:
        raise SignatureError(f"{source} is not in canonical form, so it was altered.")
    text = content.pop("signature", None)
    if not isinstance(text, str):
        raise SignatureError(
            f"{source} is not signed. Give the gatekeeper its GATEKEEPER_SIGNING_KEY. Then promote "
            "a model, or roll back to the version that is already in production, to sign it."
        )
    try:
        signature = base64.b64decode(text, validate=True)
    except ValueError:
        signature = b""
    return keys.verify(_REGISTRY + strict_json.encode(content), signature, source)
