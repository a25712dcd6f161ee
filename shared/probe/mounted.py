"""The mount of a directory, and the mounts that no service should use."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MOUNTS = Path("/proc/self/mountinfo")
_LOCAL = {
    "bcachefs",
    "btrfs",
    "ceph",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "overlay",
    "tmpfs",
    "xfs",
    "zfs",
}
"""File systems on which every host sees each change at once; only ceph has several hosts."""
_UNSUITABLE = {
    "fuse.gcsfuse": "it uploads a file when it is closed",
    "fuse.goofys": "it has no rename that replaces a file atomically",
    "fuse.rclone": "it uploads a file some time after it is closed",
    "fuse.s3fs": "it renames by copying and deleting",
}


@dataclass(frozen=True)
class Mount:
    """The file system of a directory."""

    place: Path
    kind: str
    """Its type, such as ext4 or nfs4."""
    options: frozenset[str]

    @property
    def is_shared(self) -> bool:
        """Whether other hosts may use it, so that one host shows only a part of its behaviour."""
        return self.kind not in _LOCAL

    def why_unsuitable(self) -> str | None:
        """Return why no service should use this mount, even if every trial succeeds."""
        if self.kind in _UNSUITABLE:
            name = self.kind.removeprefix("fuse.")
            return f"{name} is not a shared volume: {_UNSUITABLE[self.kind]}."
        if self.kind.startswith("nfs") and "nocto" in self.options:
            return "With the mount option nocto, listings are up to a minute old. Remove it."
        if self.kind == "fuse.juicefs" and self._trash_days() == 0:
            return (
                "This JuiceFS has --trash-days 0, so readers miss files that are being replaced. "
                "Run `juicefs config META-URL --trash-days 1`."
            )
        return None

    @property
    def may_lose_lines(self) -> bool:
        """Whether lines that two hosts append at once may get lost, as open(2) says of NFS."""
        return self.kind.startswith("nfs")

    def describe(self) -> str:
        """Return type and options in one line."""
        return f"{self.kind} ({','.join(sorted(self.options))})"

    def _trash_days(self) -> int | None:
        try:
            found: Any = json.loads((self.place / ".config").read_text())["Format"]["TrashDays"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if isinstance(found, int) else None


def find_mount(directory: Path) -> Mount:
    """Find the mount of *directory*; its type is `unknown` where the system has no list."""
    best = Mount(Path("/"), "unknown", frozenset())
    try:
        lines = _MOUNTS.read_text().splitlines()
    except OSError:
        return best
    for line in lines:
        found = parse_mount(line)
        if directory.is_relative_to(found.place) and len(found.place.parts) >= len(
            best.place.parts
        ):
            best = found  # a later mount hides an earlier one
    return best


def parse_mount(line: str) -> Mount:
    """Parse a line of /proc/self/mountinfo."""
    before, _, after = line.partition(" - ")
    place, own = before.split()[4:6]
    kind, *rest = after.split()
    options = {*own.split(","), *(rest[1].split(",") if len(rest) > 1 else ())}
    return Mount(Path(_unescape(place)), kind, frozenset(options))


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
