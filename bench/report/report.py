"""`python -m bench.report.report`: put the figures of the last runs into docs/performance.md.

Takes bench.json, peers.json and container.json from where `make bench` wrote them, keeps them in
docs/performance/, and fills what stands between the document's markers. So no figure in it is
typed by hand. With --check it only says whether the document follows from the kept files.
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
KEPT = ROOT / "docs" / "performance"
NAMES = ("bench", "peers", "container")
_MARKED = re.compile(r"(<!-- bench:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_YET = "Not measured yet."


def main() -> int:
    """Fill the document; 1 when --check finds another one."""
    parser = argparse.ArgumentParser(prog="python -m bench.report.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
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
    """The document with everything between its markers made anew from *runs*."""
    return _MARKED.sub(
        lambda found: f"{found[1]}{_render_marker(found[2], runs)}\n{found[3]}", text
    )


def read_kept_runs() -> dict[str, dict[str, Any]]:
    """The runs that the document is about, by name."""
    paths = {name: KEPT / f"{name}.json" for name in NAMES}
    return {name: json.loads(path.read_text()) for name, path in paths.items() if path.exists()}


def _copy_runs(source: Path) -> None:
    KEPT.mkdir(exist_ok=True)
    for name in NAMES:
        path = source / f"{name}.json"
        if path.exists():
            shutil.copy(path, KEPT)
            if (drawn := draw_chart(json.loads(path.read_text()))) is not None:
                (KEPT / f"{name}.svg").write_text(drawn)


def _render_marker(what: str, runs: dict[str, dict[str, Any]]) -> str:
    if what == "targets":
        return _targets(runs)
    if what == "machine":
        return _machine(runs)
    if what == "plots":
        plots = [name for name in NAMES if (KEPT / f"{name}.svg").exists() and name in runs]
        return "\n\n".join(f"![{n}](performance/{n}.svg)" for n in plots) or _NOT_YET
    tables = [
        render(table)
        for run in runs.values()
        if what in run["sections"]
        for table in map(read_table, run["sections"][what]["tables"])
    ]
    return "\n\n".join(tables) or _NOT_YET


def _targets(runs: dict[str, dict[str, Any]]) -> str:
    """Each target's figure from the run that has one."""
    if "bench" not in runs:
        return _NOT_YET
    measured = {key: Measurement(**found) for key, found in runs["bench"]["measured"].items()}
    for run in runs.values():
        for key, found in run["measured"].items():
            if found["value"] is not None:
                measured[key] = Measurement(**found)
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
