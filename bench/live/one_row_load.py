"""The load of the sections that compare predictors with different extra work, and its table."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median

import psutil

from bench.context import BenchContext
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import Server
from bench.load.cpu_time import median_cpu_us, with_cpu_time
from bench.load.load_generator import Figures, Request
from bench.load.payloads import encode_row, sample_rows
from bench.report.results import Measurement, Section, Table

CONNECTIONS = 32
_PAIRS = 2
"""Measurements of each predictor in one round of the plan: the difference is small."""


@dataclass(frozen=True)
class SideBySide:
    """The figures of predictors under the same load, by name."""

    results: dict[str, list[Figures]]
    megabytes: dict[str, float]
    """The memory of each worker at the end."""


def measure_side_by_side(
    bench: BenchContext, predictors: Mapping[str, AbstractContextManager[Server]]
) -> SideBySide:
    """Start all *predictors*, warm them, and measure them in turns."""
    with ExitStack() as stack:
        servers = {name: stack.enter_context(each) for name, each in predictors.items()}
        subjects = {name: _make_load(bench, server) for name, server in servers.items()}
        for subject in subjects.values():  # warm
            subject()
        rounds = _PAIRS * bench.plan.rounds
        results = measure_in_rounds(subjects, rounds, bench.report_progress)
        return SideBySide(
            results, {name: _measure_megabytes(server) for name, server in servers.items()}
        )


def make_section(
    name: str, title: str, found: SideBySide, measured: Mapping[str, Measurement]
) -> Section:
    """Make a section of what was *found*, with the figures that have targets."""
    return Section(
        name=name,
        tables=[_make_table(title, found.results, found.megabytes)],
        measured=dict(measured),
        failed=sum(figures.failed for rounds in found.results.values() for figures in rounds),
        raw={key: [figures.as_json() for figures in each] for key, each in found.results.items()},
    )


def _make_load(bench: BenchContext, server: Server) -> Callable[[], Figures]:
    """Return a function that sends requests with one row to *server*, and measures them."""
    request = Request(f"{server.url}/predict", encode_row(sample_rows(1)[0]))
    load = partial(bench.load.measure, request, CONNECTIONS, bench.plan.seconds)
    return with_cpu_time(server.child.worker_pid, load)


def _measure_megabytes(server: Server) -> float:
    """Return the memory of the worker of *server*."""
    return float(psutil.Process(server.child.worker_pid).memory_info().rss) / 1e6


def _make_table(
    title: str, results: Mapping[str, list[Figures]], memory: Mapping[str, float]
) -> Table:
    """Make a table of rate, latency, processor time and memory of each predictor."""
    rows = [
        (
            name,
            f"{median(figures.rate for figures in rounds):,.0f}",
            f"{median(figures.p99_ms for figures in rounds):.3f}",
            f"{median_cpu_us(rounds):.1f}",
            f"{memory[name]:.1f}",
        )
        for name, rounds in results.items()
    ]
    header = (
        f"LR, one row, {CONNECTIONS} connections, one worker",
        "req/s",
        "p99 ms",
        "µs of CPU for each request",
        "RSS of the worker, MB",
    )
    return Table(title, header, rows)
