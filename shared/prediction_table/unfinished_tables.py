"""Hidden files beside exported tables: a table has such a name until it is complete.

A killed `make predictions` or `make forget` leaves its file, which contains rows of people.
"""

import re
from pathlib import Path

from shared.store.durable_write import unique_suffix

_UNFINISHED = re.compile(
    r"\.(?P<name>.+\.(?:parquet|csv))-(?:forget-)?[0-9]+(?:-[0-9a-f]{8})?", re.IGNORECASE
)
"""The table, the process and a random part. An export of `docker compose` has no such part."""


def make_hidden_path(target: Path, purpose: str = "") -> Path:
    """Return a new hidden path beside *target*, for *purpose*: `forget-`, or none for an export."""
    return target.with_name(f".{target.name}-{purpose}{unique_suffix()}")


def remove_unfinished(directory: Path, name: str | None = None) -> None:
    """Remove all unfinished tables in *directory*, or only those that are to become *name*.

    An export that runs now is among them. It then fails, because it may have read rows that are
    deleted meanwhile. Raises OSError.
    """
    for path in directory.iterdir():
        found = _UNFINISHED.fullmatch(path.name)
        if found and name in {None, found["name"]} and path.is_file() and not path.is_symlink():
            path.unlink(missing_ok=True)
