"""`python -m deploy.containers.volume_owners DIRECTORY`: give the parts of a store to their users.

Run as root by compose's volume-init before the services start: named volumes begin owned by
root. Makes the directories, sets owners and the directories' modes, and nothing else. What is
right is left alone, so it runs beside live services, and on a volume whose owners were set by
hand. The one capability it needs is CHOWN: to make what is missing, it owns the directory above
for a moment.
"""

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
"""Who writes what (docs/volume-format.md); all else belongs to the owner of the root."""


class User(NamedTuple):
    """A user of the system, by number."""

    uid: int
    gid: int


def assign_owners(root: Path, users: Mapping[str, User]) -> None:
    """Make the store's directories at *root* and give each with all it holds to its owner.

    Raises NotAStoreError when *root* holds other things, StoreNotWritableError when an owner
    cannot be set.
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
            "Use a volume that keeps owners, as a named volume does, or set them by hand."
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
    # By open directory, not by path: no link planted meanwhile leads out of this part.
    for _, directories, files, descriptor in os.fwalk(directory):
        for name in (*directories, *files):
            _give(name, owner, within=descriptor)


def _give(path: Path | str, owner: User, within: int | None = None) -> None:
    """Change the owner where it is another. A second name of a file elsewhere is not touched."""
    with contextlib.suppress(FileNotFoundError):  # a live service tidies up
        found = os.stat(path, dir_fd=within, follow_symlinks=False)
        if (found.st_uid, found.st_gid) == owner:
            return
        if stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
            os.chown(path, *owner, dir_fd=within, follow_symlinks=False)


def find_image_users() -> dict[str, User]:
    """The owners of all parts, as the image knows them by name."""
    accounts = {name: pwd.getpwnam(name) for name in {ROOT_OWNER, *OWNERS.values()}}
    return {name: User(account.pw_uid, account.pw_gid) for name, account in accounts.items()}


def main() -> int:
    """Give the parts to the users of the image."""
    try:
        assign_owners(Path(sys.argv[1]), find_image_users())
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
