"""`python -m tests.faults.support.figures [RECORD…]`: write a fault run into docs/reliability.md.

The default record is build/faults.json. Records are copied to docs/reliability/record.json, and
their figures replace the text between the document's marks. Counts of several records are added,
as parts of one run.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.report.results import Table
from bench.report.table import render
from tests.support.project import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"
COMMITTED = ROOT / "docs" / "reliability" / "record.json"
WRITTEN = ROOT / "build" / "faults.json"
_MARKED = re.compile(r"(<!-- faults:figures -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_YET = "Not run yet."
_FILES = 9
"""Files of a candidate. Each is damaged equally often."""

Run = dict[str, Any]
"""A record, as `tests/faults/support/record.py` writes it."""


@dataclass(frozen=True)
class Figure:
    """A fault, and how often it must have been tried."""

    what: str
    test: str
    counted: str | None
    """Its name in the record. None adds all counts of the test."""
    least: int

    def of(self, runs: Sequence[Run]) -> int:
        """Return how often it was tried."""
        counts = [run["counts"].get(self.test, {}) for run in runs]
        return sum(
            count
            for found in counts
            for name, count in found.items()
            if self.counted in {None, name}
        )


FIGURES = (
    Figure("Kill sweep: system calls", "kill sweep", "points", 300),
    Figure("Kill sweep: states checked", "kill sweep", "states", 600),
    Figure("I/O errors", "I/O errors", "runs", 1800),
    Figure("Freeze sweep: stages", "freeze sweep", "stages", 1),
    Figure("Loss of power: moments", "power loss", "points", 100),
    Figure("Loss of power: cuts", "power loss", "cuts", 200),
    Figure("Swapped files: races", "swapped files", "races", 1000),
    Figure("State machine: programs", "state machine", "programs", 200),
    Figure("State machine: steps", "state machine", "steps", 6000),
    Figure("Concurrency: decisions", "concurrency", "decisions", 2000),
    Figure("Concurrency: reads", "concurrency", "reads", 1_000_000),
    Figure("Bad candidates: classes", "bad candidates", "classes", 60),
    Figure("Bad candidates: bits flipped", "bad candidates", "bit flips", 256 * _FILES),
    Figure("Bad candidates: truncations", "bad candidates", "truncations", 16 * _FILES),
    Figure("Bad promoted versions: kinds", "bad promoted", "kinds", 20),
    Figure("Reload under load: requests", "reload under load", "requests", 100_000),
    Figure("Reload under load: reloads", "reload under load", "reloads", 100),
    Figure("Reload under load: bad ones", "reload under load", "bad reloads", 20),
    Figure("Reload soak: reloads", "soak", "reloads", 1000),
    Figure("Killed notifiers", "killed notifier", "kills", 300),
    Figure("Killed writers of row logs", "killed row logs", "kills", 300),
    Figure("Gatekeepers killed while they take labels", "killed feedback", "kills", 300),
    Figure("Killed probations", "killed probations", "kills", 300),
    Figure("Deletions on failing disks", "deletions on failing disks", "runs", 200),
    Figure("Loss of power in deletions: cuts", "power loss of deletions", "cuts", 100),
    Figure("Kills at random moments", "kills", None, 300),
    Figure("Mixed chaos: faults", "mixed chaos", "faults", 100),
    Figure("Raw cases over HTTP", "raw cases", None, 40),
    Figure("Requests generated from OpenAPI", "generated requests", None, 1000),
    Figure("Slow clients", "slow clients", None, 600),
    Figure("Planted defects caught", "mutants", "caught", 8),
)


def kept() -> list[Run]:
    """Read the records that the document describes."""
    return json.loads(COMMITTED.read_text()) if COMMITTED.exists() else []


def fill(text: str, runs: Sequence[Run]) -> str:
    """Return the document with the text between its marks generated from *runs*."""
    content = summary(runs) if runs else _NOT_YET
    return _MARKED.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def summary(runs: Sequence[Run]) -> str:
    """Summarise what was tried, how often, and on which machine."""
    rows = [(f.what, f"{f.of(runs):,}", f"{f.least:,}") for f in FIGURES]
    table = render(Table("Trials", ("", "times", "at least"), rows))
    alike = groupby(sorted(runs, key=_where), key=_where)
    return "\n".join([table, "", *(_facts(where, [*parts]) for where, parts in alike)])


def shortfalls(runs: Sequence[Run]) -> list[str]:
    """List what *runs* do not prove of the document's claims."""
    found = [] if runs else ["nothing was run"]
    for run in runs:
        if run["form"] != "full":
            found.append(f"the run of {run['started']} is of the {run['form']} form")
        if run["failed"]:
            found.append(f"{run['failed']} tests failed in the run of {run['started']}")
    found += [
        f"{figure.what}: {count:,}; at least {figure.least:,} are promised"
        for figure in FIGURES
        if (count := figure.of(runs)) < figure.least
    ]
    return found


def _where(run: Run) -> str:
    """Return the fields that all parts of a run must share."""
    return (
        f"{run['form']} form, seed {run['seed']}, Linux {run['kernel']}, Python {run['python']}, "
        f"{run['cores']} cores, stores on {run['file_system']}"
    )


def _facts(where: str, parts: Sequence[Run]) -> str:
    count = f"{len(parts)} parts" if len(parts) > 1 else "1 part"
    failed, minutes = (sum(part[what] for part in parts) for what in ("failed", "minutes"))
    since = min(part["started"] for part in parts)
    return f"- {count} since {since}, {failed} failed, {minutes:.0f} minutes: {where}"


def main() -> int:
    """Copy the records and fill the document. Return 1 if they do not prove its claims."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.support.figures", description=__doc__
    )
    parser.add_argument("records", nargs="*", type=Path, default=[WRITTEN])
    found = keep(parser.parse_args().records, DOCUMENT, COMMITTED)
    print(*found, sep="\n")  # noqa: T201 - the command's output
    return bool(found)


def keep(records: Sequence[Path], document: Path, committed: Path) -> list[str]:
    """Write *records* to *committed* and their figures into *document*. Return the shortfalls."""
    runs: list[Run] = [json.loads(path.read_text()) for path in records]
    committed.parent.mkdir(exist_ok=True)
    committed.write_text(json.dumps(runs, indent=2) + "\n")
    document.write_text(fill(document.read_text(), runs))
    return shortfalls(runs)


if __name__ == "__main__":
    sys.exit(main())
