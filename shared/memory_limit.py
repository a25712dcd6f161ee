"""The memory that this process and its children may use together."""

import os
from pathlib import Path

from shared.container.cgroups import GROUPS, PROCESS, find_groups, read_lines

_UNLIMITED = 1 << 62


def find_memory_limit(
    limit_mib: int | None = None,
    process: Path = PROCESS,
    groups: Path = GROUPS,
) -> int:
    """Return the bytes that the setting, the cgroups and the machine allow: the least of them.

    Args:
        limit_mib: The limit that an operator set, in MiB. None: no limit was set.
        process: The directory in which the system describes this process.
        groups: The directory of cgroups, version 2 or 1.
    """
    own = _UNLIMITED if limit_mib is None else limit_mib << 20
    return min(own, _cgroup_limit(process, groups), _machine_bytes())


def _machine_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _cgroup_limit(process: Path, groups: Path) -> int:
    """Return the limit of the tightest cgroup: this process's group or one above."""
    names = ("memory.max", "memory.limit_in_bytes")
    files = (group / name for group in find_groups("memory", process, groups) for name in names)
    return min(map(_read_limit, files), default=_UNLIMITED)


def _read_limit(file: Path) -> int:
    text = next(iter(read_lines(file)), "")
    return int(text) if text.isdigit() else _UNLIMITED  # "max", or no such file
