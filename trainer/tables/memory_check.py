"""Check that a table fits into memory before reading it; afterwards the kernel would kill us."""

import resource
from pathlib import Path

from shared.errors import DatasetError

_CELL_BYTES = 8
_COPIES = 1.75
"""Copies of the rows that a run needs at least: the rows, and the table of train (60 %)."""
_UNLIMITED = 1 << 62


def require_memory(rows: int, columns: int, source: str) -> None:
    """Raise DatasetError if a table of numbers needs more memory than this process may use."""
    needed = int(rows * columns * _CELL_BYTES * _COPIES)
    available = available_bytes()
    if needed > available:
        raise DatasetError(
            f"{source} does not fit into memory: training on {rows:,} rows of {columns} features "
            f"needs at least {_format_bytes(needed)}, but {_format_bytes(available)} is available. "
            "Use fewer rows, drop columns with TRAINER_DROP, or give the trainer more memory. With "
            "TRAINER_HOLDOUT_ROWS, a Dask cluster reads a folder of Parquet files in parts."
        )


def available_bytes(process: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes that the machine, the cgroups and the process limits leave.

    A limit that the system does not report counts as unlimited.
    """
    return max(0, min(_machine_bytes(process), _cgroup_bytes(process, groups), _rlimit(process)))


def _machine_bytes(process: Path) -> int:
    counts = _first_numbers(process / "meminfo")
    if "MemAvailable:" not in counts:
        return _UNLIMITED
    return (counts["MemAvailable:"] + counts.get("SwapFree:", 0)) << 10


def _rlimit(process: Path) -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return _UNLIMITED
    return limit - (_first_numbers(process / "self" / "status").get("VmSize:", 0) << 10)


def _cgroup_bytes(process: Path, groups: Path) -> int:
    """Return what the tightest cgroup leaves: this process's group or one above, v2 or v1."""
    available = _UNLIMITED
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
            available = min(available, _group_bytes(group, limit, usage, cache))
            if group == root:
                break
            group = group.parent
    return available


def _group_bytes(group: Path, limit: str, usage: str, cache: str) -> int:
    most, used = (next(iter(_lines(group / name)), "") for name in (limit, usage))
    if not (most.isdigit() and used.isdigit()):  # "max", or no such file
        return _UNLIMITED
    # The kernel counts cached files as used, but frees them when memory is needed.
    counts = _first_numbers(group / "memory.stat")
    cached = sum(counts.get(f"{cache}{state}_file", 0) for state in ("active", "inactive"))
    return int(most) - int(used) + cached


def _first_numbers(path: Path) -> dict[str, int]:
    """Map the first word of each line to the number that follows it."""
    lines = (line.split() for line in _lines(path))
    return {words[0]: int(words[1]) for words in lines if words[1:] and words[1].isdigit()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # another system, or a group that is not visible from here
        return []


def _format_bytes(count: int) -> str:
    gib = count / 2**30
    return f"{gib:.1f} GiB" if gib >= 1 else f"{count >> 20} MiB"
