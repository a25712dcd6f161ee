"""Measure requests with many rows, as JSON and as V2 binary, against only the model call."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from statistics import median

from bench.context import BenchContext
from bench.harness.machine import on_cores
from bench.harness.promoted_models import LR, RF
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import predictor
from bench.load.load_generator import Figures, Request
from bench.load.payloads import Rows, encode_rows, sample_rows, v2_binary_request
from bench.report.results import Section, Table, ratio_by_round
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import predict_in_batches
from shared.store.store import open_store

SIZES = (10, 1_000, 10_000)
_LARGEST = SIZES[-1]
_NAMES = {"LR": LR, "RF-100": RF}


def measure(bench: BenchContext) -> Section:
    """Measure the time of one request at a time."""
    subjects: dict[str, Callable[[], float]] = {}
    failed = 0

    def time_request(request: Request) -> float:
        nonlocal failed
        figures: Figures = bench.load.measure(request, 1, bench.plan.seconds / 2)
        failed += figures.failed
        return figures.p50_ms

    with ExitStack() as stack:
        for label, model in _NAMES.items():
            store = bench.models.store_serving(model)
            log = bench.log_path(f"batches-{model}")
            server = stack.enter_context(predictor(store, log, bench.cores.server))
            for size in SIZES:
                rows = sample_rows(size)
                subjects[f"{label}, {size} rows, model"] = partial(
                    _time_model_call, bench, model, rows
                )
                json_request = Request(f"{server.url}/predict", encode_rows(rows))
                subjects[f"{label}, {size} rows, JSON"] = partial(time_request, json_request)
                binary = v2_binary_request(server, model, rows)
                subjects[f"{label}, {size} rows, V2 binary"] = partial(time_request, binary)
        results = measure_in_rounds(subjects, bench.plan.rounds, bench.report_progress)

    measured = {}
    for key, format_ in (("batch_v2", "V2 binary"), ("batch_json", "JSON")):
        model, request = (f"RF-100, {_LARGEST} rows, {subject}" for subject in ("model", format_))
        measured[key] = ratio_by_round(results[model], results[request])
    return Section("batches", [_table(results)], measured, failed, raw={"milliseconds": results})


def _time_model_call(bench: BenchContext, model: str, rows: Rows) -> float:
    """Return the median milliseconds of a model call in this process, on the servers' core."""
    store = open_store(bench.models.store_serving(model))
    registry = store.decision_log().registry
    assert registry is not None  # noqa: S101 - a model is in production
    read = store.models.read(registry.digest)
    servable = OnnxServable(read.model, read.artefact)
    times: list[float] = []
    with on_cores(bench.cores.server):
        predict_in_batches(servable, rows)
        until = time.perf_counter() + bench.plan.seconds / 4
        while time.perf_counter() < until or not times:
            started = time.perf_counter()
            predict_in_batches(servable, rows)
            times.append(time.perf_counter() - started)
    return median(times) * 1000


def _table(results: dict[str, list[float]]) -> Table:
    rows = []
    for label in _NAMES:
        for size in SIZES:
            formats = ("model", "JSON", "V2 binary")
            times = [results[f"{label}, {size} rows, {format_}"] for format_ in formats]
            cells = [f"{median(t):.3g}" for t in times]
            rows.append((f"{label}, {size:,} rows", *cells))
    header = ("ms for each request, one at a time", "only the model call", "JSON", "V2 binary")
    return Table("Batches", header, rows)
