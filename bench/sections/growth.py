"""Measure how the cost grows with rows, trees, features, connections and workers."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.harness.promoted_models import LR, RF, train_and_promote
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import Server, predictor
from bench.load.load_generator import Figures, Request
from bench.load.payloads import encode_row, encode_rows, sample_rows
from bench.report.results import Section, Table
from bench.sections.training import write_data

_CONNECTIONS = 32
_DATA_ROWS = 1_000
_TREES = (100, 16, 64, 256)
"""Numbers of trees. The first model exists already; the others are trained."""
_FEATURES = (30, 10, 100, 300)
"""Numbers of features. The first model exists already; the others are trained."""
Series = list[tuple[str, Request, int]]
"""The points of a series: name, request, and number of connections."""


def measure(bench: BenchContext) -> Section:
    """Measure short series, in which one size grows."""
    section = Section("growth")
    for title, series in _SERIES.items():
        with ExitStack() as stack:
            points = series(bench, stack)
            subjects = {
                name: partial(bench.load.measure, request, connections, bench.plan.seconds / 2)
                for name, request, connections in points
            }
            for _, request, _ in points:  # the first response is slower
                bench.load.measure(request, 1, 0.05)
            results = measure_in_rounds(subjects, bench.plan.growth_rounds, bench.report_progress)
        section.tables.append(_table(title, results))
        section.raw[title] = {name: [f.as_json() for f in r] for name, r in results.items()}
        section.failed += sum(f.failed for rounds in results.values() for f in rounds)
    return section


def _rows(bench: BenchContext, stack: ExitStack) -> Series:
    server = _serving(bench, stack, RF)
    return [
        (_count_of(count, "row"), _request(server, encode_rows(sample_rows(count))), 1)
        for count in (1, 10, 100, 1_000, 10_000)[: bench.plan.growth_points]
    ]


def _trees(bench: BenchContext, stack: ExitStack) -> Series:
    points = []
    for trees in sorted(_TREES[: bench.plan.growth_points]):
        if trees == _TREES[0]:
            server = _serving(bench, stack, RF)
        else:
            root = bench.workspace / f"trees-{trees}"
            server = _trained(bench, stack, root, f"FOREST_{trees}")
        points.append(
            (f"{trees} trees", _request(server, encode_row(sample_rows(1)[0])), _CONNECTIONS)
        )
    return points


def _features(bench: BenchContext, stack: ExitStack) -> Series:
    points = []
    for features in sorted(_FEATURES[: bench.plan.growth_points]):
        if features == _FEATURES[0]:
            server = _serving(bench, stack, LR)
        else:
            data = write_data(bench.workspace / f"{features}.csv", _DATA_ROWS, features)
            root = bench.workspace / f"features-{features}"
            settings = {"TRAINER_DATASET": data, "TRAINER_TARGET": "target"}
            server = _trained(bench, stack, root, "LOGISTIC", **settings)
        row = sample_rows(-(-features // 30)).reshape(-1)[:features] / 1000
        points.append((f"{features} features", _request(server, encode_row(row)), _CONNECTIONS))
    return points


def _connections(bench: BenchContext, stack: ExitStack) -> Series:
    request = _request(_serving(bench, stack, LR), encode_row(sample_rows(1)[0]))
    return [
        (_count_of(count, "connection"), request, count)
        for count in (1, 4, 16, 64, 256, 512)[: bench.plan.growth_points]
    ]


def _workers(bench: BenchContext, stack: ExitStack) -> Series:
    points = []
    for count in (1, 2)[: bench.plan.growth_points]:
        store = bench.models.store_serving(LR)
        log = bench.log_path(f"workers-{count}")
        server = stack.enter_context(predictor(store, log, PREDICTOR_WORKERS=count))
        request = _request(server, encode_row(sample_rows(1)[0]))
        points.append((_count_of(count, "worker"), request, 64))
    return points


_SERIES: dict[str, Callable[[BenchContext, ExitStack], Series]] = {
    "Rows in one JSON request, RF-100": _rows,
    "Trees of a forest, one row, 32 connections": _trees,
    "Features of an LR, one row, 32 connections": _features,
    "Connections, LR, one row": _connections,
    "Workers, LR, one row, 64 connections; servers not pinned": _workers,
}


def _serving(bench: BenchContext, stack: ExitStack, model: str) -> Server:
    store, log = bench.models.store_serving(model), bench.log_path(f"growth-{model}")
    return stack.enter_context(predictor(store, log, bench.cores.server))


def _trained(
    bench: BenchContext, stack: ExitStack, root: Path, table: str, **settings: object
) -> Server:
    bench.report_progress(f"training {root.name}")
    train_and_promote(root, bench.log_path(f"{root.name}-gatekeeper"), [table], **settings)
    return stack.enter_context(predictor(root, bench.log_path(root.name), bench.cores.server))


def _count_of(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count > 1)}"


def _request(server: Server, body: bytes) -> Request:
    return Request(f"{server.url}/predict", body)


def _table(title: str, results: dict[str, list[Figures]]) -> Table:
    rows = []
    for name, rounds in results.items():
        rate = median(figures.rate for figures in rounds)
        p50 = median(figures.p50_ms for figures in rounds)
        rows.append((name, f"{rate:,.0f}", f"{p50:.3f}"))
    return Table(title, ("", "requests/s", "p50 ms"), rows)
