"""What is signed on the store, and how; docs/volume-format.md specifies it.

What computes signatures is imported where a key is configured, and nowhere else.
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
"""Stand before what is signed, so that no signature of one kind is taken for the other's."""


def signing_key(path: Path | None) -> "SigningKey | None":
    """The private key in a file, where one is configured; raises KeyFileError."""
    if path is None:
        return None
    from shared.contract.signing_keys import SigningKey  # noqa: PLC0415 - 9 MiB, for those who sign

    return SigningKey.read(path)


def known_keys(path: Path | None) -> "KnownKeys | None":
    """The public keys in a file, where one is configured; raises KeyFileError."""
    if path is None:
        return None
    from shared.contract.signing_keys import KnownKeys  # noqa: PLC0415 - 9 MiB, for those who verify

    return KnownKeys.read(path)


def sign_manifest(data: bytes, key: "SigningKey") -> bytes:
    """The signature of a manifest, of whose file *data* are the bytes; 64 bytes."""
    return key.sign(_MANIFEST + data)


def verify_manifest(data: bytes, signature: bytes, keys: "KnownKeys", source: Path) -> str:
    """The fingerprint of the key that signed a manifest; raises SignatureError."""
    return keys.verify(_MANIFEST + data, signature, source)


def sign_registry(registry: Registry, key: "SigningKey | None") -> Registry:
    """The same registry with the signature of *key*, or with none where there is no key."""
    bare = registry.model_copy(update={"signature": None})
    if key is None:
        return bare
    signature = base64.b64encode(key.sign(_REGISTRY + bare.encode())).decode()
    return bare.model_copy(update={"signature": signature})


def is_signed(registry: Registry, key: "SigningKey") -> bool:
    """Whether *key* has signed this registry: it always makes the same signature."""
    return sign_registry(registry, key) == registry


def verify_registry(data: bytes, keys: "KnownKeys", source: Path) -> str:
    """The fingerprint of the key that signed a registry document, of which *data* are the bytes.

    Raises SignatureError, or DocumentError when they are not strict JSON.
    """
    content = strict_json.decode(data, source)
    # What is read afterwards are the very bytes that were signed, and this one member more.
    if not isinstance(content, dict) or strict_json.encode(content) != data:
        raise SignatureError(f"{source} is not in the encoding of documents, so it was altered.")
    text = content.pop("signature", None)
    if not isinstance(text, str):
        raise SignatureError(
            f"{source} is not signed. Give the gatekeeper its GATEKEEPER_SIGNING_KEY and promote "
            "a model, or roll back to the version in production, which signs it."
        )
    try:
        signature = base64.b64decode(text, validate=True)
    except ValueError:
        signature = b""
    return keys.verify(_REGISTRY + strict_json.encode(content), signature, source)
