"""The bearer token that changes need.

It is read anew at each use, so that replacing the file changes the token without a restart.
"""

import contextlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from shared.durable import SECRET_MODE, create_file
from shared.errors import TokenError
from shared.layout import StoreLayout

_MAX_BYTES = 4096
_TOO_PERMISSIVE = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


class Token:
    """One file with the token in it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """The token as it stands; raises TokenError."""
        try:
            with self._path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                content = file.read(_MAX_BYTES + 1)
        except OSError as error:
            raise TokenError(
                f"The token file {self._path} cannot be read: {error.strerror or error}."
            ) from error
        if mode & _TOO_PERMISSIVE:
            raise TokenError(
                f"The token file {self._path} has mode {stat.S_IMODE(mode):04o}, so that others "
                f"can use it. Run `chmod 600 {self._path}`."
            )
        return self._parse(content)

    def matches(self, presented: str) -> bool:
        """Whether *presented* is the token, compared in constant time; raises TokenError."""
        return hmac.compare_digest(presented.encode(), self.read().encode())

    def _parse(self, content: bytes) -> str:
        if not content.strip():
            raise TokenError(f"The token file {self._path} is empty. Write a secret into it.")
        try:
            token = content.decode("ascii").strip()
        except UnicodeDecodeError:
            token = ""
        if len(content) > _MAX_BYTES or not token.isprintable() or not token:
            raise TokenError(
                f"The token file {self._path} must hold one line of ASCII text "
                f"of at most {_MAX_BYTES} bytes."
            )
        return token


def own_token(layout: StoreLayout) -> Token:
    """The token in the store, created at the first start.

    Raises StoreWriteError when it is missing and cannot be created.
    """
    with contextlib.suppress(FileExistsError):
        content = secrets.token_urlsafe(32).encode() + b"\n"
        if not layout.token.exists():
            create_file(layout.token, content, mode=SECRET_MODE)
    return Token(layout.token)
