"""What everything in a store is, who owns it and who may read and write it.

The trainer must not be able to write the registry, the log or a model, and where the services
are different users, each must be able to read all but the token.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    MODELS,
    PRIVATE_NAMES,
    STORE_DIRECTORIES,
    StoreLayout,
)
from shared.maintenance.store_issue import StoreIssue, error_issue
from shared.store.durable_write import DIRECTORY_MODE, FILE_MODE

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ROOT_USER = 0
_DEPTH = 2
"""Of the directories with files in them: one candidate, one model."""


def check_permissions(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Every path that is of the wrong kind, or that the wrong users can write or read."""
    owner = layout.root.lstat().st_uid
    parts = [path for name in STORE_DIRECTORIES if (path := layout.root / name).exists()]
    readers = 0o777 if {path.lstat().st_uid for path in parts} - {owner} else stat.S_IRWXU
    for path in _everything(layout.root):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue  # a writer has just moved it
        if stat.S_ISLNK(status.st_mode):
            yield error_issue(f"{path} is a symbolic link; a store holds none.")
            continue
        place = path.relative_to(layout.root).parts
        if status.st_mode & _WRITABLE_BY_OTHERS:
            yield error_issue(f"{path} can be written by others than its owner (chmod go-w).")
        if path == layout.token and status.st_mode & _OPEN_TO_OTHERS:
            yield error_issue(f"{path} can be read by others than its owner (chmod 600).")
        if path == layout.token and not status.st_size:
            yield error_issue(f"{path} is empty; remove it, and the gatekeeper makes another.")
        if _is_the_gatekeepers(place) and status.st_uid not in {owner, _ROOT_USER}:
            yield error_issue(
                f"{path} belongs to user {status.st_uid}, who could change it; "
                f"the store's owner is user {owner} (chown)."
            )
        if not any(name.startswith(".") for name in place):
            yield from _check_visible(path, place, status, readers)


def _everything(root: Path) -> Iterator[Path]:
    """*root* and all that is a store's; directories that are removed meanwhile are no error."""
    yield root
    for directory, directories, files in os.walk(root):
        path = Path(directory)
        for name in sorted(directories + files):
            yield path / name
        if len(path.relative_to(root).parts) == _DEPTH:  # nobody reads what is deeper
            directories.clear()


def _check_visible(
    path: Path, place: tuple[str, ...], status: os.stat_result, readers: int
) -> Iterator[StoreIssue]:
    is_directory = stat.S_ISDIR(status.st_mode)
    if len(place) > 2 and place[0] == CANDIDATES:  # noqa: PLR2004 - beneath one candidate
        return  # what it holds is compared with its manifest, as the gate does
    if not is_directory and not stat.S_ISREG(status.st_mode):
        yield error_issue(f"{path} is neither a file nor a directory; a store holds nothing else.")
        return
    if place[:1] and place[0] in PRIVATE_NAMES:
        return
    if is_directory != _is_a_directorys(place):
        expected, found = ("directory", "file") if not is_directory else ("file", "directory")
        yield error_issue(f"{path} is a {found}, where a store has a {expected}.")
        return
    wanted = DIRECTORY_MODE if is_directory else FILE_MODE
    if ~status.st_mode & wanted & readers:
        yield error_issue(f"{path} cannot be read by every service (chmod {wanted:o}).")
    if not is_directory and place[:1] == (MODELS,) and status.st_nlink > 1:
        yield error_issue(
            f"{path} has {status.st_nlink} links: it could be written under another name. "
            "Copy it, and put the copy in its place."
        )


def _is_a_directorys(place: tuple[str, ...]) -> bool:
    """Whether a directory stands at this place of every store."""
    if len(place) <= 1:
        return not place or place[0] in STORE_DIRECTORIES
    return len(place) == 2 and place[0] in {CANDIDATES, MODELS}  # noqa: PLR2004 - one of them


def _is_the_gatekeepers(place: tuple[str, ...]) -> bool:
    """Whether all that follows is decided by what stands here; `PARTS` of others are theirs."""
    return not place or place[0] in {MODELS, DECISIONS} or place[0] not in STORE_DIRECTORIES
