"""How cost grows with rows, trees, features, connections and workers."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.context import Bench
from bench.harness.published import LR, RF, publish
from bench.harness.rounds import in_rounds
from bench.harness.servers import Server, predictor
from bench.load.load_generator import Figures, Request
from bench.load.payloads import many_rows, one_row, rows_of
from bench.report.results import Measured, Section, Table
from bench.sections.training import write_data

_CONNECTIONS = 32
_DATA_ROWS = 1_000
_TREES = (100, 16, 64, 256)
"""The first is there already; the others are trained."""
_FEATURES = (30, 10, 100, 300)
"""As above."""
Growing = list[tuple[str, Request, int]]
"""Points of one series: their names, what is asked, over how many connections."""


def measure(bench: Bench) -> Section:
    """Short series, one thing growing in each."""
    section = Section("growth")
    for title, series in _SERIES.items():
        with ExitStack() as stack:
            points = series(bench, stack)
            subjects = {
                name: partial(bench.load.measure, request, connections, bench.plan.seconds / 2)
                for name, request, connections in points
            }
            for _, request, _ in points:  # a first answer costs more
                bench.load.measure(request, 1, 0.05)
            found = in_rounds(subjects, bench.plan.growth_rounds, bench.tell)
        section.tables.append(_table(title, found))
        section.raw[title] = {name: [f.as_json() for f in r] for name, r in found.items()}
        section.failed += sum(f.failed for rounds in found.values() for f in rounds)
    return section


def _rows(bench: Bench, stack: ExitStack) -> Growing:
    server = _serving(bench, stack, RF)
    return [
        (_some(count, "row"), _request(server, many_rows(rows_of(count))), 1)
        for count in (1, 10, 100, 1_000, 10_000)[: bench.plan.growth_points]
    ]


def _trees(bench: Bench, stack: ExitStack) -> Growing:
    points = []
    for trees in sorted(_TREES[: bench.plan.growth_points]):
        if trees == _TREES[0]:
            server = _serving(bench, stack, RF)
        else:
            root = bench.workspace / f"trees-{trees}"
            server = _trained(bench, stack, root, f"FOREST_{trees}")
        points.append((f"{trees} trees", _request(server, one_row(rows_of(1)[0])), _CONNECTIONS))
    return points


def _features(bench: Bench, stack: ExitStack) -> Growing:
    points = []
    for features in sorted(_FEATURES[: bench.plan.growth_points]):
        if features == _FEATURES[0]:
            server = _serving(bench, stack, LR)
        else:
            data = write_data(bench.workspace / f"{features}.csv", _DATA_ROWS, features)
            root = bench.workspace / f"features-{features}"
            settings = {"TRAINER_DATASET": data, "TRAINER_TARGET": "target"}
            server = _trained(bench, stack, root, "LOGISTIC", **settings)
        row = rows_of(-(-features // 30)).reshape(-1)[:features] / 1000
        points.append((f"{features} features", _request(server, one_row(row)), _CONNECTIONS))
    return points


def _connections(bench: Bench, stack: ExitStack) -> Growing:
    request = _request(_serving(bench, stack, LR), one_row(rows_of(1)[0]))
    return [
        (_some(count, "connection"), request, count)
        for count in (1, 4, 16, 64, 256, 512)[: bench.plan.growth_points]
    ]


def _workers(bench: Bench, stack: ExitStack) -> Growing:
    points = []
    for count in (1, 2)[: bench.plan.growth_points]:
        store = bench.models.store_serving(LR)
        log = bench.log(f"workers-{count}")
        server = stack.enter_context(predictor(store, log, PREDICTOR_WORKERS=count))
        request = _request(server, one_row(rows_of(1)[0]))
        points.append((_some(count, "worker"), request, 64))
    return points


_SERIES: dict[str, Callable[[Bench, ExitStack], Growing]] = {
    "Rows in one JSON request, RF-100": _rows,
    "Trees of a forest, one row, 32 connections": _trees,
    "Features of an LR, one row, 32 connections": _features,
    "Connections, LR, one row": _connections,
    "Workers, LR, one row, 64 connections; servers not pinned": _workers,
}


def _serving(bench: Bench, stack: ExitStack, model: str) -> Server:
    store, log = bench.models.store_serving(model), bench.log(f"growth-{model}")
    return stack.enter_context(predictor(store, log, bench.cores.server))


def _trained(bench: Bench, stack: ExitStack, root: Path, table: str, **settings: object) -> Server:
    bench.tell(f"training {root.name}")
    publish(root, bench.log(f"{root.name}-gatekeeper"), [table], **settings)
    return stack.enter_context(predictor(root, bench.log(root.name), bench.cores.server))


def _some(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count > 1)}"


def _request(server: Server, body: bytes) -> Request:
    return Request(f"{server.url}/predict", body)


def _table(title: str, found: dict[str, list[Figures]]) -> Table:
    rows = []
    for name, rounds in found.items():
        rate = Measured.of([figures.rate for figures in rounds]).value
        p50 = Measured.of([figures.p50_ms for figures in rounds]).value
        rows.append((name, f"{rate:,.0f}", f"{p50:.3f}"))
    return Table(title, ("", "requests/s", "p50 ms"), rows)
