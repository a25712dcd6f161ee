"""Whether a table fits into memory, told before it is read: later there is only a kill."""

import resource
from pathlib import Path

from shared.errors import DatasetError

_CELL_BYTES = 8
_TIMES = 1.75
"""What a run takes at least of the rows: they themselves, and what a fit makes of train's 60 %."""
_UNLIMITED = 1 << 62


def require_memory(rows: int, columns: int, source: str) -> None:
    """Raise DatasetError where so many *rows* of numbers are more than this process may take."""
    needed = int(rows * columns * _CELL_BYTES * _TIMES)
    available = available_bytes()
    if needed > available:
        raise DatasetError(
            f"{source} does not fit into memory: to train on {rows:,} rows of {columns} features "
            f"takes at least {_readable(needed)}, and {_readable(available)} can be had. Bring "
            "fewer rows, leave columns out with TRAINER_DROP, or give the trainer more memory."
        )


def available_bytes(process: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """What this process may take more: of the machine, of its cgroups and of its own limits.

    Very much where the system does not tell.
    """
    return max(0, min(_of_machine(process), _of_groups(process, groups), _of_limits(process)))


def _of_machine(process: Path) -> int:
    found = _table(process / "meminfo")
    if "MemAvailable:" not in found:
        return _UNLIMITED
    return (found["MemAvailable:"] + found.get("SwapFree:", 0)) << 10


def _of_limits(process: Path) -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return _UNLIMITED
    return limit - (_table(process / "self" / "status").get("VmSize:", 0) << 10)


def _of_groups(process: Path, groups: Path) -> int:
    """The tightest of this process' group and those above it, by version 2 or 1 of cgroups."""
    left = _UNLIMITED
    for line in _lines(process / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, limit, usage, cache = groups, "memory.max", "memory.current", ""
        elif "memory" in controllers.split(","):
            root, cache = groups / "memory", "total_"
            limit, usage = "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        group = root / path.strip("/")
        while True:
            left = min(left, _of_group(group, limit, usage, cache))
            if group == root:
                break
            group = group.parent
    return left


def _of_group(group: Path, limit: str, usage: str, cache: str) -> int:
    most, used = (next(iter(_lines(group / name)), "") for name in (limit, usage))
    if not (most.isdigit() and used.isdigit()):  # "max", or no such file
        return _UNLIMITED
    # Cached files count as used, and are given up when memory is wanted.
    found = _table(group / "memory.stat")
    cached = sum(found.get(f"{cache}{kind}_file", 0) for kind in ("active", "inactive"))
    return int(most) - int(used) + cached


def _table(path: Path) -> dict[str, int]:
    """The first number of each line by the line's first word."""
    words = (line.split() for line in _lines(path))
    return {found[0]: int(found[1]) for found in words if found[1:] and found[1].isdigit()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # another system, or a group that cannot be seen from here
        return []


def _readable(count: int) -> str:
    gib = count / 2**30
    return f"{gib:.1f} GiB" if gib >= 1 else f"{count >> 20} MiB"
