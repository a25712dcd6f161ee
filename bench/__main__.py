"""`make bench`: measure, print tables, and write JSON and a plot."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from bench.context import BenchContext
from bench.fleet import section as fleet
from bench.harness.machine import Cores, choose_cores, describe_machine, tool_version
from bench.harness.plan import PLANS, Plan
from bench.harness.processes import ROOT
from bench.harness.servers import has_nginx
from bench.hostile import section as hostile
from bench.live import counts as live_counts
from bench.live import prediction_log
from bench.load.load_generator import LoadGenerator
from bench.pages import section as pages
from bench.peers import measuring as peers
from bench.report.outcome import build_document, draw_chart, read_table
from bench.report.results import Section
from bench.report.table import render
from bench.sections import (
    batches,
    container,
    convergence,
    float64,
    growth,
    large_request,
    mixed,
    retrain,
    startup,
    swaps,
    throughput,
    training,  # fmt: skip
)
from shared.errors import ModelgateError

SECTIONS: dict[str, Callable[[BenchContext], Section]] = {
    "throughput": throughput.measure,
    "mixed": mixed.measure,
    "batches": batches.measure,
    "float64": float64.measure,
    "large_request": large_request.measure,
    "live_counts": live_counts.measure,
    "prediction_log": prediction_log.measure,
    "swaps": swaps.measure,
    "convergence": convergence.measure,
    "startup": startup.measure,
    "training": training.measure,
    "retrain": retrain.measure,
    "growth": growth.measure,
    "pages": pages.measure,
}
ON_REQUEST: dict[str, Callable[[BenchContext], Section]] = {
    "peers": peers.measure,
    "container": container.measure,
    "hostile": hostile.measure,
    "fleet": fleet.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark. Return 1 if a section could not be measured or a request failed."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    plan = PLANS[options.plan]
    names = _choose_sections(options.only, plan)
    started = time.monotonic()
    sections, errors = [], {}
    with tempfile.TemporaryDirectory(prefix="modelgate-bench-") as directory:
        workspace = Path(directory)
        cores = choose_cores()
        load = LoadGenerator(workspace, cores)
        facts = _describe_run(options.plan, load, cores)
        for mark in facts["marks"]:
            print(f"Note: {mark}")
        bench = BenchContext(plan, cores, load, workspace, _report_progress)
        for name in names:
            print(f"== {name}", flush=True)
            begun = time.monotonic()
            try:
                sections.append((SECTIONS | ON_REQUEST)[name](bench))
            except (ModelgateError, OSError) as error:
                errors[name] = str(error)
                print(f"Section {name} could not be measured. {error}")
            else:
                sections[-1].seconds = round(time.monotonic() - begun, 1)
                _report_progress("")
                print("\n".join(f"{render(table)}\n" for table in sections[-1].tables), flush=True)
    facts["seconds"] = round(time.monotonic() - started)
    content = build_document(facts, sections, errors, options.only)
    if content["targets"]["rows"]:
        print(render(read_table(content["targets"])))
    if sections:
        _write(content, options.output, _file_name(options.only))
    return int(bool(errors or content["failed_requests"]))


def _choose_sections(only: list[str], plan: Plan) -> list[str]:
    return only or [name for name in SECTIONS if name != "growth" or plan.growth_points]


def _file_name(only: list[str]) -> str:
    """Name the files of a run. bench.report.report reads those of complete runs."""
    if not only:
        return "bench"
    return only[0] if len(only) == 1 and only[0] in ON_REQUEST else "partial"


def _describe_run(plan: str, load: LoadGenerator, cores: Cores) -> dict[str, Any]:
    marks = []
    if not has_nginx():
        marks.append("nginx is not installed (Debian, Ubuntu: apt install nginx-light).")
    if plan != "full":
        marks.append(f"The plan is {plan!r}: the figures are rough.")
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "plan": plan,
        "load": load.name,
        "nginx": tool_version(shutil.which("nginx") or "nginx", "-v") if has_nginx() else None,
        "cores": cores.describe(),
        "machine": describe_machine(),
        "marks": marks,
    }


def _write(content: dict[str, object], directory: Path, name: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}.json"
    path.write_text(json.dumps(content, indent=1) + "\n")
    written = [path]
    if (chart := draw_chart(content)) is not None:
        written.append(path.with_suffix(".svg"))
        written[-1].write_text(chart)
    print("\nWritten:", ", ".join(map(str, written)))


def _report_progress(step: str) -> None:
    """Show the current step on one line of a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{step[: shutil.get_terminal_size().columns - 1]}")
        sys.stderr.flush()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--quick", dest="plan", action="store_const", const="quick", default="full",
        help="measure rough figures within 90 seconds",
    )  # fmt: skip
    size.add_argument(
        "--smoke", dest="plan", action="store_const", const="smoke",
        help="run everything once, for the tests; the figures mean nothing",
    )  # fmt: skip
    parser.add_argument(
        "--only", type=_parse_names, default=[], metavar="SECTION,…",
        help=f"measure some of {', '.join(SECTIONS)}; or one of {', '.join(ON_REQUEST)}",
    )  # fmt: skip
    parser.add_argument(
        "--container", dest="only", action="store_const", const=["container"],
        help="measure only the throughput in the predictor's image; needs Docker",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=Path, default=ROOT / "build" / "bench", help="directory for JSON and SVG"
    )
    return parser


def _parse_names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - {*SECTIONS, *ON_REQUEST}:
        raise argparse.ArgumentTypeError(f"unknown section: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
