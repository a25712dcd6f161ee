"""The bearer token that every change needs.

The file is read at each use, so replacing the file changes the token without a restart.
"""

import contextlib
import hmac
import secrets
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.errors import TokenError
from shared.secret_file import read_secret
from shared.store.durable_write import SECRET_MODE, create_file

_MAX_BYTES = 4096


class TokenFile:
    """A file that contains the token."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """Return the present token; raises TokenError."""
        content = read_secret(self._path, "token file", _MAX_BYTES, TokenError)
        if not content.strip():
            raise TokenError(f"The token file {self._path} is empty. Write a secret into it.")
        try:
            token = content.decode("ascii").strip()
        except UnicodeDecodeError:
            token = ""
        if len(content) > _MAX_BYTES or not token.isprintable() or not token:
            raise TokenError(
                f"The token file {self._path} is not valid: expected one line of ASCII text of at "
                f"most {_MAX_BYTES} bytes."
            )
        return token

    def matches(self, presented: str) -> bool:
        """Compare *presented* with the token in constant time; raises TokenError."""
        return hmac.compare_digest(presented.encode(), self.read().encode())


def create_own_token(layout: StoreLayout) -> TokenFile:
    """Return the token file in the store; create it at the first start.

    Raises StoreWriteError when the file is missing and cannot be created.
    """
    with contextlib.suppress(FileExistsError):
        content = secrets.token_urlsafe(32).encode() + b"\n"
        if not layout.token.exists():
            create_file(layout.token, content, mode=SECRET_MODE)
    return TokenFile(layout.token)
