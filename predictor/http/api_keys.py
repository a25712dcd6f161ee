"""The keys of clients: a file with a name and a hash in each line, which is followed.

A key is long and random, so nobody can guess it from its SHA-256. A slow hash, which passwords
need, would only cost time in each request.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from shared.access.followed_file import FollowedFile
from shared.errors import ApiKeysError
from shared.secret_file import read_secret

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""The form of a key's name."""
_LABEL = "API keys"
_PREFIX = "mgk_"
"""The start of each key, by which scanners find keys that were published by mistake."""
_RANDOM_BYTES = 32
_DISABLED = "disabled"
_MAX_BYTES = 1 << 20
_LINE = re.compile(rf"(?P<name>{NAME})[ \t]+sha256:(?P<hash>[0-9a-f]{{64}})(?:[ \t]+{_DISABLED})?")


class ApiKey(NamedTuple):
    """The entry of one key."""

    name: str
    digest: bytes
    is_disabled: bool


ApiKeys = Mapping[bytes, ApiKey]
"""The entries by the SHA-256 of their keys."""


def make_key(name: str) -> tuple[str, str]:
    """Return a new key, and the line for it in the file of keys.

    Raises ApiKeysError for a name that cannot be in the file.
    """
    if not re.fullmatch(NAME, name):
        raise ApiKeysError(
            f"{name!r:.80} cannot be the name of a key. "
            "Use at most 64 letters, digits, dots, dashes and underscores."
        )
    key = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    return key, f"{name} sha256:{hash_key(key.encode()).hex()}"


def hash_key(key: bytes) -> bytes:
    """Return the SHA-256 of a key."""
    return hashlib.sha256(key).digest()


def follow_api_keys(path: Path | None) -> FollowedFile[ApiKeys] | None:
    """Read the file of keys, to follow it; None without a file. Raises ApiKeysError."""
    if path is None:
        return None
    return FollowedFile(_LABEL, lambda: _read(path), lambda content: parse_keys(path, content))


def _read(path: Path) -> bytes:
    return read_secret(path, "file of API keys", _MAX_BYTES, ApiKeysError)


def parse_keys(path: Path, content: bytes) -> ApiKeys:
    """Parse the content of the file *path*. Raises ApiKeysError, which names the line."""
    if len(content) > _MAX_BYTES:
        raise ApiKeysError(f"The file of API keys {path} is larger than {_MAX_BYTES} bytes.")
    keys: dict[bytes, ApiKey] = {}
    for number, line in enumerate(content.decode("utf-8-sig", "replace").splitlines(), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        match = _LINE.fullmatch(entry)
        if match is None:
            raise ApiKeysError(
                f"Line {number} of the file of API keys {path} is malformed. Expected NAME "
                "sha256:HASH, and the word disabled if the key is. "
                "`./modelgate api-key NAME` makes a key and its line."
            )
        digest = bytes.fromhex(match["hash"])
        if digest in keys:
            raise ApiKeysError(
                f"Line {number} of the file of API keys {path} has the hash of "
                f"{keys[digest].name} again. Remove one of the two lines."
            )
        keys[digest] = ApiKey(match["name"], digest, entry.endswith(_DISABLED))
    if not keys:
        raise ApiKeysError(
            f"The file of API keys {path} has no keys, so every request would be refused. "
            "`./modelgate api-key NAME` makes a key and its line."
        )
    return keys
