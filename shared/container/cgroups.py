"""Read the limits that cgroups set: those of this process's group, and of every group above it."""

from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
PROCESS = Path("/proc/self")


def find_groups(controller: str, process: Path = PROCESS, groups: Path = GROUPS) -> Iterator[Path]:
    """Yield the directories of the groups that may limit this process, by either version.

    Args:
        controller: The name of the resource, such as memory or cpu.
        process: The directory in which the system describes this process.
        groups: The directory of cgroups, version 2 or 1.
    """
    for line in read_lines(process / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root = groups
        elif controller in controllers.split(","):
            # Version 1 mounts controllers together, and links each name to them.
            root = next(filter(Path.is_dir, (groups / controller, groups / controllers)), groups)
        else:
            continue
        group = root / path.strip("/")
        # A container sees its own group as the root, but often the path of the host.
        yield from (each for each in (group, *group.parents) if each.is_relative_to(root))


def read_lines(file: Path) -> list[str]:
    """Return the lines of a file; none on another system, or if the group is not visible here."""
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
