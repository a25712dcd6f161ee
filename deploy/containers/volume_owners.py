"""`python -m deploy.containers.volume_owners DIRECTORY`: set the owners of a store.

The container `volume-init` runs it as root before the services start, because a new volume
belongs to root. It makes missing directories, and sets their modes and all owners. It does not
touch entries that are right. So it can run beside live services, and on a volume whose owners
were set by hand. It needs only the capability CHOWN: to make a directory, it owns the parent for
a moment.
"""

import argparse
import contextlib
import os
import pwd
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.errors import ModelgateError, StoreNotWritableError
from shared.store.durable_write import DIRECTORY_MODE
from shared.store.store import open_store

ROOT_OWNER = "gatekeeper"
OWNERS = {
    CANDIDATES: "trainer",
    MODELS: ROOT_OWNER,
    DECISIONS: ROOT_OWNER,
    SERVING: "predictor",
}
"""Writer of each directory (docs/volume-format.md). ROOT_OWNER owns all other files."""


class User(NamedTuple):
    """The numbers of a user and its group."""

    uid: int
    gid: int


def assign_owners(root: Path, users: Mapping[str, User]) -> None:
    """Make the store's directories at *root* and give each one with its content to its owner.

    Raises:
        NotAStoreError: *root* contains something that is not part of a store.
        StoreNotWritableError: The system refused to set an owner.
    """
    open_store(root)
    try:
        _make_directories(root, users)
        for name, owner in OWNERS.items():
            _give_contents(root / name, users[owner])
        for entry in os.scandir(root):
            if entry.is_file(follow_symlinks=False):
                _give(root / entry.name, users[ROOT_OWNER])
    except OSError as error:
        raise StoreNotWritableError(
            f"The owner of {error.filename} cannot be set: {error.strerror}. "
            "Use a volume that stores owners, such as a named volume, or set the owners by hand."
        ) from error


def _make_directories(root: Path, users: Mapping[str, User]) -> None:
    wanted = {root / name: users[owner] for name, owner in OWNERS.items()}
    if any(not path.is_dir() for path in wanted):
        _give(root, User(os.geteuid(), os.getegid()))
        for path in wanted:
            path.mkdir(exist_ok=True)
    for path, owner in {**wanted, root: users[ROOT_OWNER]}.items():
        if stat.S_IMODE(path.lstat().st_mode) != DIRECTORY_MODE:
            _give(path, User(os.geteuid(), os.getegid()))
            path.chmod(DIRECTORY_MODE)
        _give(path, owner)


def _give_contents(directory: Path, owner: User) -> None:
    # Relative to open directories: a link that is planted now cannot lead out of this one.
    for _, directories, files, descriptor in os.fwalk(directory):
        for name in (*directories, *files):
            _give(name, owner, within=descriptor)


def _give(path: Path | str, owner: User, within: int | None = None) -> None:
    """Change the owner if it differs. Skip a file with a second name: it may be elsewhere."""
    with contextlib.suppress(FileNotFoundError):  # a live service may remove it
        found = os.stat(path, dir_fd=within, follow_symlinks=False)
        if (found.st_uid, found.st_gid) == owner:
            return
        if stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
            os.chown(path, *owner, dir_fd=within, follow_symlinks=False)


def find_image_users() -> dict[str, User]:
    """Return each owner's numbers, which the image knows by name."""
    accounts = {name: pwd.getpwnam(name) for name in {ROOT_OWNER, *OWNERS.values()}}
    return {name: User(account.pw_uid, account.pw_gid) for name, account in accounts.items()}


def main() -> int:
    """Set the owners; return 1 after an error."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.containers.volume_owners",
        description="Set the owners of a store.",
    )
    parser.add_argument("directory", metavar="DIRECTORY", type=Path, help="the store")
    arguments = parser.parse_args()
    try:
        assign_owners(arguments.directory, find_image_users())
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
