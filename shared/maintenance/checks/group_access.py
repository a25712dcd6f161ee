"""Judge the access that an fsGroup of Kubernetes gives to one group, for a whole store.

When a pod with an fsGroup mounts a volume, the kubelet gives every file to this group and lets it
write. It also sets the set-group-id bit of directories. That is one fact for the whole store.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from shared.maintenance.checks.store_issue import StoreIssue, error_issue, note_issue

_SHARED = stat.S_ISGID | stat.S_IRWXG
"""The bits of a directory that an fsGroup has."""


class GroupAccess:
    """The paths of a store that its fsGroup can access against the rules."""

    def __init__(self, root: Path, *, has_other_users: bool) -> None:
        status = root.lstat()
        self._group = status.st_gid if status.st_mode & _SHARED == _SHARED else None
        self._has_other_users = has_other_users
        self._paths: list[Path] = []

    def note(self, path: Path, status: os.stat_result, forbidden: int) -> int:
        """Return the bits of *forbidden* that *path* has and that no fsGroup explains."""
        excess = status.st_mode & forbidden
        if excess & stat.S_IRWXG and status.st_gid == self._group:
            self._paths.append(path)
            return excess & ~stat.S_IRWXG
        return excess

    def issues(self) -> Iterator[StoreIssue]:
        """Yield one issue for all paths: an error if different users share the store."""
        if not self._paths:
            return
        found = (
            f"Group {self._group} can write {len(self._paths)} paths of this store, such as "
            f"{self._paths[0]}, as an fsGroup of Kubernetes allows."
        )
        if self._has_other_users:
            yield error_issue(
                f"{found} So each service can change the files of all. Run volume-init, which "
                "repairs the modes, and give the pods no fsGroup."
            )
        else:
            yield note_issue(f"{found} Only the services may have this group.")
