"""`python -m bench.report.report`: put the figures of the last runs into docs/performance.md.

It copies bench.json, peers.json and container.json of `make bench` to docs/performance/, and
replaces the text between the markers of the document. So no figure is typed by hand.
With --check it only checks that the document matches the copied files.
"""

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from bench.harness.processes import ROOT
from bench.report.outcome import draw_chart, read_table
from bench.report.results import Measurement, Table
from bench.report.table import render
from bench.report.targets import judge

DOCUMENT = ROOT / "docs" / "performance.md"
RUNS = ROOT / "docs" / "performance"
NAMES = ("bench", "peers", "container")
_MARKED = re.compile(r"(<!-- bench:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_YET = "Not measured yet."


def main() -> int:
    """Fill the document. With --check, return 1 if it does not match the runs."""
    parser = argparse.ArgumentParser(prog="python -m bench.report.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="check the document and write nothing")
    parser.add_argument("--input", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args()
    if not options.check:
        _copy_runs(options.input)
    text = DOCUMENT.read_text()
    filled = fill(text, read_kept_runs())
    if options.check:
        return int(filled != text)
    DOCUMENT.write_text(filled)
    return 0


def fill(text: str, runs: dict[str, dict[str, Any]]) -> str:
    """Replace the text between all markers of the document by the tables of *runs*."""
    return _MARKED.sub(lambda m: f"{m[1]}{_render_marker(m[2], runs)}\n{m[3]}", text)


def read_kept_runs() -> dict[str, dict[str, Any]]:
    """Read the runs in docs/performance/ by name."""
    paths = {name: RUNS / f"{name}.json" for name in NAMES}
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.exists()}


def _copy_runs(source: Path) -> None:
    RUNS.mkdir(exist_ok=True)
    for name in NAMES:
        path = source / f"{name}.json"
        if path.exists():
            shutil.copy(path, RUNS)
            if (chart := draw_chart(json.loads(path.read_text()))) is not None:
                (RUNS / f"{name}.svg").write_text(chart)


def _render_marker(marker: str, runs: dict[str, dict[str, Any]]) -> str:
    if marker == "targets":
        return _targets(runs)
    if marker == "machine":
        return _machine(runs)
    if marker == "plots":
        plots = [name for name in NAMES if (RUNS / f"{name}.svg").exists() and name in runs]
        return "\n\n".join(f"![{n}](performance/{n}.svg)" for n in plots) or _NOT_YET
    tables = [
        render(table)
        for run in runs.values()
        if marker in run["sections"]
        for table in map(read_table, run["sections"][marker]["tables"])
    ]
    return "\n\n".join(tables) or _NOT_YET


def _targets(runs: dict[str, dict[str, Any]]) -> str:
    """Render the targets, each with the figure of the run that has one."""
    if "bench" not in runs:
        return _NOT_YET
    measured = {key: Measurement(**value) for key, value in runs["bench"]["measured"].items()}
    for run in runs.values():
        for key, value in run["measured"].items():
            if value["value"] is not None:
                measured[key] = Measurement(**value)
    return render(judge(measured))


def _machine(runs: dict[str, dict[str, Any]]) -> str:
    if "bench" not in runs:
        return _NOT_YET
    run = runs["bench"]
    machine = run["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    facts = {
        "measured at": run["measured_at"],
        "plan": run["plan"],
        "processor": f"{machine['cpu']}, {machine['cores']} cores",
        "kernel": machine["kernel"],
        "Python": machine["python"],
        "libraries": libraries,
        "load": run["load"],
        "nginx": run["nginx"] or "not installed",
        "cores": run["cores"],
        "load average before": f"{machine['load_average_before']:.2f}",
    }
    rows = [(name, str(value)) for name, value in facts.items()]
    notes = "".join(f"\n\n{mark}" for mark in run["marks"])
    return render(Table("This run", ("", ""), rows)) + notes


if __name__ == "__main__":
    sys.exit(main())
