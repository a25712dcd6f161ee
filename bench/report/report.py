"""`python -m bench.report.report`: put the figures of the last runs into the documents.

It copies bench.json, peers.json, container.json and fleet.json to docs/performance/, and
hostile.json to docs/reliability/, unless the kept file is newer. Sections of partial.json replace
those of the kept bench.json. It replaces the text between the markers of docs/performance.md and
docs/reliability.md. So no figure is typed by hand.
With --check it only checks that the documents match the copied files.
"""

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from bench.harness.processes import ROOT
from bench.report.merging import describe_origin, merge_partial
from bench.report.outcome import draw_chart, read_table
from bench.report.results import Measurement, Table, not_measured
from bench.report.table import render
from bench.report.targets import TARGETS, judge

DOCUMENT = ROOT / "docs" / "performance.md"
RUNS = ROOT / "docs" / "performance"
NAMES = ("bench", "peers", "container", "fleet")
RELIABILITY = ROOT / "docs" / "reliability.md"
HOSTILE = ROOT / "docs" / "reliability" / "hostile.json"
_MARKED = re.compile(r"(<!-- bench:(\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_YET = "Not measured yet."


def main() -> int:
    """Fill the document. With --check, return 1 if it does not match the runs."""
    parser = argparse.ArgumentParser(prog="python -m bench.report.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="check the document and write nothing")
    parser.add_argument("--input", type=Path, default=ROOT / "build" / "bench")
    options = parser.parse_args()
    if not options.check:
        copy_runs(options.input)
    is_filled = True
    for document in (DOCUMENT, RELIABILITY):
        text = document.read_text()
        filled = fill(text, read_kept_runs())
        is_filled &= filled == text
        if not options.check:
            document.write_text(filled)
    return int(options.check and not is_filled)


def fill(text: str, runs: dict[str, dict[str, Any]]) -> str:
    """Replace the text between all markers of the document by the tables of *runs*."""
    return _MARKED.sub(lambda m: f"{m[1]}{_render_marker(m[2], runs)}\n{m[3]}", text)


def read_kept_runs() -> dict[str, dict[str, Any]]:
    """Read the kept runs by name."""
    paths = {**{name: RUNS / f"{name}.json" for name in NAMES}, "hostile": HOSTILE}
    return {name: _read(path) for name, path in paths.items() if path.exists()}


def copy_runs(source: Path, runs: Path = RUNS, hostile: Path = HOSTILE) -> None:
    """Copy the newer runs of *source*, merge the partial one, and draw the charts."""
    runs.mkdir(exist_ok=True)
    _copy_newer(source / HOSTILE.name, hostile)
    for name in NAMES:
        _copy_newer(source / f"{name}.json", runs / f"{name}.json")
    partial, bench = source / "partial.json", runs / "bench.json"
    if partial.exists() and bench.exists():
        merged = merge_partial(_read(bench), _read(partial))
        bench.write_text(json.dumps(merged, indent=1) + "\n")
    for name in NAMES:
        path = runs / f"{name}.json"
        if path.exists() and (chart := draw_chart(_read(path))) is not None:
            path.with_suffix(".svg").write_text(chart)


def _copy_newer(given: Path, kept: Path) -> None:
    """Copy a run, unless the kept one is as new: sections may have been merged into it."""
    if not given.exists():
        return
    if not kept.exists() or _read(given)["measured_at"] > _read(kept)["measured_at"]:
        shutil.copy(given, kept)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def _render_marker(marker: str, runs: dict[str, dict[str, Any]]) -> str:
    if marker == "targets":
        return _targets(runs)
    if marker == "machine":
        return _machine(runs)
    if marker == "plots":
        plots = [name for name in NAMES if (RUNS / f"{name}.svg").exists() and name in runs]
        return "\n\n".join(f"![{n}](performance/{n}.svg)" for n in plots) or _NOT_YET
    sections = [run["sections"][marker] for run in runs.values() if marker in run["sections"]]
    return "\n\n".join(map(_render_section, sections)) or _NOT_YET


def _render_section(section: dict[str, Any]) -> str:
    tables = [render(read_table(table)) for table in section["tables"]]
    return "\n\n".join(tables) + describe_origin(section)


def _targets(runs: dict[str, dict[str, Any]]) -> str:
    """Render the targets, each with the figure of the run that has one."""
    if "bench" not in runs:
        return _NOT_YET
    measured = {key: Measurement(**value) for key, value in runs["bench"]["measured"].items()}
    for run in runs.values():
        for key, value in run["measured"].items():
            if value["value"] is not None:
                measured[key] = Measurement(**value)
    for target in TARGETS:  # one that is newer than the kept run
        measured.setdefault(target.key, not_measured("measured in the next run"))
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
