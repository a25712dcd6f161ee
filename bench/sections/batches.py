"""Measure requests with many rows, as JSON and as V2 binary, against only the model call."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from statistics import median

from bench.context import BenchContext
from bench.harness.promoted_models import LR, RF
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import predictor
from bench.load.load_generator import Figures, Request
from bench.load.payloads import encode_rows, sample_rows, v2_binary_request
from bench.report.results import Section, Table, ratio_by_round
from bench.sections.model_calls import read_model, time_model_call

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
                    time_model_call, bench, read_model(store, model), rows
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
