"""The bearer token that every change needs.

The file is read at each use, so replacing the file changes the token without a restart.
"""

import contextlib
import hmac
import logging
import os
import secrets
import stat
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.errors import TokenError
from shared.secret_file import read_secret
from shared.store.durable_write import SECRET_MODE, create_file

logger = logging.getLogger(__name__)

_MAX_BYTES = 4096
MIN_CHARACTERS = 16
"""The shortest token. The gatekeeper's own have 43."""


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
        if len(token) < MIN_CHARACTERS:
            raise TokenError(
                f"The token in {self._path} has {len(token)} characters; at least {MIN_CHARACTERS} "
                "are required. Write a longer one, such as the output of `openssl rand -hex 32`."
            )
        return token

    def matches(self, presented: str) -> bool:
        """Compare *presented* with the token in constant time; raises TokenError."""
        return hmac.compare_digest(presented.encode(), self.read().encode())


class OwnTokenFile(TokenFile):
    """The token file in the store, which the gatekeeper owns.

    For an fsGroup, Kubernetes opens every file of a volume to a group, each time when a pod mounts
    it. So the gatekeeper closes the file again at its start and at each use.
    """

    def read(self) -> str:
        """Return the present token, after the group has lost its access; raises TokenError."""
        with contextlib.suppress(OSError):  # reading the file reports the problem
            self._close_to_group()
        return super().read()

    def _close_to_group(self) -> None:
        status = self._path.lstat()
        is_own = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
        if is_own and status.st_mode & stat.S_IRWXG and not status.st_mode & stat.S_IRWXO:
            self._path.chmod(SECRET_MODE)
            logger.warning(
                "Group %d could access the token file %s (mode %04o). It has mode 0600 again. If "
                "others than the services have this group, remove the file and restart.",
                *(status.st_gid, self._path, stat.S_IMODE(status.st_mode)),
            )


def create_own_token(layout: StoreLayout) -> TokenFile:
    """Return the token file in the store; create it at the first start.

    Raises StoreWriteError when the file is missing and cannot be created.
    """
    with contextlib.suppress(FileExistsError):
        content = secrets.token_urlsafe(32).encode() + b"\n"
        if not layout.token.exists():
            create_file(layout.token, content, mode=SECRET_MODE)
    return OwnTokenFile(layout.token)
