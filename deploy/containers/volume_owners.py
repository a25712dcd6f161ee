"""`python -m deploy.containers.volume_owners DIRECTORY`: set the owners of a store.

The container `volume-init` runs it as root before the services start, because a new volume
belongs to root. It makes missing directories, sets all owners, and takes rights away that only an
owner should have: an fsGroup of Kubernetes gives them to a group. It does not touch entries that
are right. So it can run beside live services, and on a volume whose owners were set by hand. It
needs only the capability CHOWN: to make a directory or to set a mode, it is the owner for a moment.
It is a member of the group `rows`: otherwise it could not list the directories with data of rows.
"""

import argparse
import contextlib
import grp
import os
import pwd
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    FEEDBACK,
    LIVE,
    MODELS,
    NOTIFICATIONS,
    PREDICTIONS,
    ROW_DIRECTORIES,
    SERVING,
    TOKEN,
    TRAINING,
)
from shared.errors import ModelgateError, StoreNotWritableError
from shared.store.durable_write import DIRECTORY_MODE, ROW_DIRECTORY_MODE
from shared.store.store import open_store
from shared.text import to_printable_lines

ROOT_OWNER = "gatekeeper"
OWNERS = {
    CANDIDATES: "trainer",
    MODELS: ROOT_OWNER,
    DECISIONS: ROOT_OWNER,
    SERVING: "predictor",
    LIVE: "predictor",
    NOTIFICATIONS: "notifier",
    TRAINING: "trainer",
    PREDICTIONS: "predictor",
    FEEDBACK: ROOT_OWNER,
}
"""Writer of each directory (docs/volume-format.md). ROOT_OWNER owns all other files."""
ROWS = "rows"
"""The group of the users that may read rows and labels. The notifier is not a member."""

_TOO_MUCH = 0o7022
"""Bits that no entry has: set-id bits, and writing by others than the owner."""
_TOO_MUCH_OF_TOKEN = 0o7077
_TOO_MUCH_OF_ROWS = 0o7027


class User(NamedTuple):
    """The numbers of a user and its group."""

    uid: int
    gid: int


class Accounts(NamedTuple):
    """The users by name, and the number of the group that may read rows."""

    users: Mapping[str, User]
    rows: int

    def owner_of(self, directory: str) -> User:
        """Return the owner and the group of a directory of the store."""
        user = self.users[OWNERS[directory]]
        return user._replace(gid=self.rows) if directory in ROW_DIRECTORIES else user


def assign_owners(root: Path, accounts: Accounts) -> None:
    """Make the store's directories at *root* and give each one with its content to its owner.

    Raises:
        NotAStoreError: *root* contains something that is not part of a store.
        StoreNotWritableError: The system refused to set an owner.
    """
    open_store(root)
    try:
        _make_directories(root, accounts)
        for name in OWNERS:
            excess = _TOO_MUCH_OF_ROWS if name in ROW_DIRECTORIES else _TOO_MUCH
            _give_contents(root / name, accounts.owner_of(name), excess)
        for entry in os.scandir(root):
            if entry.is_file(follow_symlinks=False):
                excess = _TOO_MUCH_OF_TOKEN if entry.name == TOKEN else _TOO_MUCH
                _give(root / entry.name, accounts.users[ROOT_OWNER], excess)
    except OSError as error:
        raise StoreNotWritableError(
            f"The owner of {error.filename} cannot be set: {error.strerror}. "
            "Use a volume that stores owners, such as a named volume, or set the owners by hand."
        ) from error


def _make_directories(root: Path, accounts: Accounts) -> None:
    wanted = {root / name: accounts.owner_of(name) for name in OWNERS}
    if any(not path.is_dir() for path in wanted):
        _give(root, User(os.geteuid(), os.getegid()))
        for path in wanted:
            path.mkdir(exist_ok=True)
    for path, owner in {**wanted, root: accounts.users[ROOT_OWNER]}.items():
        mode = ROW_DIRECTORY_MODE if path.name in ROW_DIRECTORIES else DIRECTORY_MODE
        if stat.S_IMODE(path.lstat().st_mode) != mode:
            _give(path, User(os.geteuid(), os.getegid()))
            path.chmod(mode)
        _give(path, owner)


def _give_contents(directory: Path, owner: User, excess: int) -> None:
    # Relative to open directories: a link that is planted now cannot lead out of this one.
    for _, directories, files, descriptor in os.fwalk(directory):
        for name in (*directories, *files):
            _give(name, owner, excess, within=descriptor)


def _give(
    path: Path | str, owner: User, excess: int = _TOO_MUCH, within: int | None = None
) -> None:
    """Set owner and mode if they are wrong. Skip a file with a second name: it may be elsewhere."""
    with contextlib.suppress(FileNotFoundError):  # a live service may remove it
        found = os.stat(path, dir_fd=within, follow_symlinks=False)
        is_good = (found.st_uid, found.st_gid) == owner and not found.st_mode & excess
        if is_good or not _may_be_given(found):
            return
        if found.st_mode & excess:
            _tighten(path, found, excess, within)
        os.chown(path, *owner, dir_fd=within, follow_symlinks=False)


def _may_be_given(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)


def _tighten(path: Path | str, found: os.stat_result, excess: int, within: int | None) -> None:
    """Take the bits *excess* away, as the owner of the entry that *found* describes."""
    os.chown(path, os.geteuid(), os.getegid(), dir_fd=within, follow_symlinks=False)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=within)
    try:
        if os.path.samestat(found, os.fstat(descriptor)):  # its owner may have replaced it
            os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & ~excess)
    finally:
        os.close(descriptor)


def find_image_accounts() -> Accounts:
    """Return the numbers of all owners and of the group, which the image knows by name."""
    found = {name: pwd.getpwnam(name) for name in {ROOT_OWNER, *OWNERS.values()}}
    users = {name: User(account.pw_uid, account.pw_gid) for name, account in found.items()}
    return Accounts(users, grp.getgrnam(ROWS).gr_gid)


def main() -> int:
    """Set the owners; return 1 after an error."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.containers.volume_owners",
        description="Set the owners of a store.",
    )
    parser.add_argument("directory", metavar="DIRECTORY", type=Path, help="the store")
    arguments = parser.parse_args()
    try:
        assign_owners(arguments.directory, find_image_accounts())
    except ModelgateError as error:
        print(f"error: {to_printable_lines(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
