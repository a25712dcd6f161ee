"""Find how the file system of an open file is mounted."""

from pathlib import Path
from typing import NamedTuple

_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_ID_FIELD = "mnt_id:"


class Mount(NamedTuple):
    """The mount through which a file was opened."""

    kind: str
    """The type of the file system, such as tmpfs."""
    is_read_only: bool

    @property
    def is_in_memory(self) -> bool:
        """Whether its files are on no disk."""
        return self.kind in _IN_MEMORY


def find_mount(descriptor: int, process: Path = Path("/proc/self")) -> Mount | None:
    """Return the mount of an open file; None if this system does not say."""
    try:
        about = (process / "fdinfo" / str(descriptor)).read_text().split()
        number = about[about.index(_ID_FIELD) + 1]
        lines = (process / "mountinfo").read_text().splitlines()
    except (OSError, ValueError, IndexError):
        return None
    for line in lines:
        # 36 35 98:0 /root /mount/point ro,noatime shared:1 - tmpfs source rw
        mounted, _, file_system = line.partition(" - ")
        fields, about_system = mounted.split(), file_system.split()
        if fields[0] == number:
            options = {*fields[5].split(","), *about_system[-1].split(",")}
            return Mount(about_system[0], "ro" in options)
    return None
