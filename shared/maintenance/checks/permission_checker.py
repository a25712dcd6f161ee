"""Check the type, owner and permissions of every file in a store.

The trainer must not be able to write the registry, the log or a model. If the services are
different users, each must be able to read everything except the token. Rows and labels have one
group, and only its members can read them.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    FEEDBACK,
    LIVE,
    MODELS,
    PREDICTIONS,
    PRIVATE_NAMES,
    ROW_DIRECTORIES,
    STORE_DIRECTORIES,
    TEMPORARY_PREFIX,
    TOKEN,
    StoreLayout,
)
from shared.maintenance.checks.group_access import GroupAccess
from shared.maintenance.checks.store_issue import StoreIssue, error_issue
from shared.store.durable_write import (
    DIRECTORY_MODE,
    FILE_MODE,
    ROW_DIRECTORY_MODE,
    ROW_FILE_MODE,
)

_DEPTH = 2
"""The depth of directories that contain only files: one candidate, one model, one worker."""
_OF_DIRECTORIES = frozenset({CANDIDATES, MODELS, LIVE, PREDICTIONS})


def check_permissions(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Yield an issue for each path with a wrong type, owner or permission."""
    owner = _find_owner(layout)
    directories = [path for name in STORE_DIRECTORIES if (path := layout.root / name).exists()]
    has_other_users = any(path.lstat().st_uid != owner for path in directories)
    readers = 0o777 if has_other_users else 0o700
    group = GroupAccess(layout.root, has_other_users=has_other_users)
    for path in _everything(layout.root):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue  # a writer has just moved it
        if stat.S_ISLNK(status.st_mode):
            yield error_issue(f"{path} is a symbolic link; a store does not contain links.")
            continue
        parts = path.relative_to(layout.root).parts
        excess = group.note(path, status, _forbidden_bits(parts))
        if path.name.startswith(TEMPORARY_PREFIX) and not status.st_size:
            excess &= ~0o005  # a service that starts writes an empty file to prove that it can
        yield from _check_excess(path, parts, excess)
        if path == layout.token and not status.st_size:
            yield error_issue(f"{path} is empty; remove it, and the gatekeeper creates another.")
        if has_other_users and _is_of_rows(parts):
            yield from _check_group(path, status, layout.root / parts[0])
        if _belongs_to_gatekeeper(parts) and status.st_uid not in {owner, 0}:
            yield error_issue(
                f"{path} belongs to user {status.st_uid}, who can change it; "
                f"it must belong to the store's owner, user {owner} (chown)."
            )
        if not any(name.startswith(".") for name in parts):
            yield from _check_visible(path, parts, status, readers)
    yield from group.issues()


def _find_owner(layout: StoreLayout) -> int:
    """Return the user who owns the store: the gatekeeper.

    The root of a mounted volume often belongs to root, and services of another user write below it.
    """
    owner = layout.root.lstat().st_uid
    written = (layout.decisions, layout.models, layout.registry)
    owners = {path.lstat().st_uid for path in written if path.exists()}
    return owners.pop() if owner == 0 and len(owners) == 1 else owner


def _everything(root: Path) -> Iterator[Path]:
    """Yield *root* and every path of the store; ignore directories that are removed meanwhile."""
    yield root
    for directory, directories, files in os.walk(root):
        path = Path(directory)
        for name in sorted(directories + files):
            yield path / name
        if len(path.relative_to(root).parts) == _DEPTH:  # no service reads deeper directories
            directories.clear()


def _forbidden_bits(parts: tuple[str, ...]) -> int:
    if parts == (TOKEN,):
        return 0o077
    return 0o027 if _is_of_rows(parts) else 0o022


def _is_of_rows(parts: tuple[str, ...]) -> bool:
    return bool(parts) and parts[0] in ROW_DIRECTORIES


def _check_excess(path: Path, parts: tuple[str, ...], excess: int) -> Iterator[StoreIssue]:
    """Yield an issue for each right that users other than the owner must not have."""
    if excess & 0o022:
        yield error_issue(f"Users other than the owner can write {path} (chmod go-w).")
    if parts == (TOKEN,) and excess:
        yield error_issue(f"Users other than the owner can read {path} (chmod 600).")
    if _is_of_rows(parts) and excess & 0o005:
        yield error_issue(f"All users can read {path}; it has rows of people (chmod o-rwx).")


def _check_group(path: Path, status: os.stat_result, directory: Path) -> Iterator[StoreIssue]:
    """Yield an issue if *path* does not have the group of *directory*, whose members read it."""
    wanted = directory.lstat().st_gid
    if status.st_gid != wanted:
        yield error_issue(
            f"{path} has group {status.st_gid}; expected group {wanted}, as {directory} has "
            "(chgrp). So not every service can read it."
        )


def _check_visible(
    path: Path, parts: tuple[str, ...], status: os.stat_result, readers: int
) -> Iterator[StoreIssue]:
    is_directory = stat.S_ISDIR(status.st_mode)
    if len(parts) > 2 and parts[0] == CANDIDATES:  # noqa: PLR2004 - beneath one candidate
        return  # the check of candidates compares its content with its manifest
    if not is_directory and not stat.S_ISREG(status.st_mode):
        yield error_issue(f"{path} is not a file or a directory; a store contains only these.")
        return
    if parts[:1] and parts[0] in PRIVATE_NAMES:
        return
    if is_directory != _should_be_directory(parts):
        expected, found = ("directory", "file") if not is_directory else ("file", "directory")
        yield error_issue(f"{path} is a {found}; expected a {expected}.")
        return
    if _is_of_rows(parts):
        mode = ROW_DIRECTORY_MODE if is_directory else ROW_FILE_MODE
    else:
        mode = DIRECTORY_MODE if is_directory else FILE_MODE
    if ~status.st_mode & mode & readers:
        yield error_issue(f"Not every service can read {path} (chmod {mode:o}).")
    if not is_directory and parts[:1] == (MODELS,) and status.st_nlink > 1:
        yield error_issue(
            f"{path} has {status.st_nlink} links, so it can be changed under another name. "
            "Replace it by a copy."
        )


def _should_be_directory(parts: tuple[str, ...]) -> bool:
    if len(parts) <= 1:
        return not parts or parts[0] in STORE_DIRECTORIES
    return len(parts) == 2 and parts[0] in _OF_DIRECTORIES  # noqa: PLR2004 - one of them


def _belongs_to_gatekeeper(parts: tuple[str, ...]) -> bool:
    return (
        not parts or parts[0] in {MODELS, DECISIONS, FEEDBACK} or parts[0] not in STORE_DIRECTORIES
    )
