"""What a run of this suite has done, for docs/reliability.md and for whoever doubts it."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.effort import IS_FULL, SEED

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs" / "reliability" / "record.json"


class Record:
    """Counts of one run, by test and by what is counted."""

    def __init__(self) -> None:
        self._started = datetime.now(UTC)
        self._counts: dict[str, dict[str, int]] = {}

    def add(self, test: str, what: str, count: int) -> None:
        """So many more of *what* were tried in *test*."""
        counts = self._counts.setdefault(test, {})
        counts[what] = counts.get(what, 0) + count

    def most(self, test: str, what: str, value: int) -> None:
        """The largest of all values is kept."""
        counts = self._counts.setdefault(test, {})
        counts[what] = max(counts.get(what, value), value)

    def write(self, path: Path, store_directory: Path, failed: int) -> None:
        """Write all to *path*; the stores were in *store_directory*, *failed* tests failed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        document: dict[str, Any] = {
            "started": f"{self._started:%Y-%m-%dT%H:%M:%SZ}",
            "minutes": round((datetime.now(UTC) - self._started).total_seconds() / 60, 1),
            "form": "full" if IS_FULL else "quick",
            "seed": SEED,
            "kernel": platform.release(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "file_system": _file_system(store_directory),
            "failed": failed,
            "counts": {test: dict(counts) for test, counts in sorted(self._counts.items())},
        }
        path.write_text(json.dumps(document, indent=2) + "\n")


def _file_system(directory: Path) -> str:
    found = subprocess.run(
        ["stat", "--file-system", "--format=%T", directory],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return found.stdout.strip()
