"""The record of a run of the fault suite, for docs/reliability.md."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.support.effort import IS_FULL, SEED


class Record:
    """Counts of one run, by test and by name."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self._counts: dict[str, dict[str, int]] = {}
        self._largest: dict[str, dict[str, int]] = {}

    def add(self, test: str, what: str, count: int) -> None:
        """Add to the count of *what* in *test*."""
        counts = self._counts.setdefault(test, {})
        counts[what] = counts.get(what, 0) + count

    def most(self, test: str, what: str, value: int) -> None:
        """Keep the largest value."""
        largest = self._largest.setdefault(test, {})
        largest[what] = max(largest.get(what, value), value)

    def document(self, store_directory: Path, failed: int) -> dict[str, Any]:
        """Return the record, with facts about the machine and *store_directory*'s disk."""
        return {
            "started": f"{self._started:%Y-%m-%dT%H:%M:%SZ}",
            "minutes": round((datetime.now(UTC) - self._started).total_seconds() / 60, 1),
            "form": "full" if IS_FULL else "quick",
            "seed": SEED,
            "kernel": platform.release(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "file_system": _file_system(store_directory),
            "failed": failed,
            "counts": dict(sorted(self._counts.items())),
            "largest": dict(sorted(self._largest.items())),
        }


def _file_system(directory: Path) -> str:
    found = subprocess.run(
        ["stat", "--file-system", "--format=%T", directory],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return found.stdout.strip()
