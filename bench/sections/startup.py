"""Measure the start of a predictor, and the memory of a worker after load."""

import time
from functools import partial
from statistics import median

import psutil

from bench.context import BenchContext
from bench.harness.promoted_models import LR, RF
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import predictor
from bench.load.load_generator import Request
from bench.load.payloads import encode_row, sample_rows
from bench.report.results import Measurement, Section, Table

_NAMES = {"LR": LR, "RF-100": RF}
_CONNECTIONS = 32


def measure(bench: BenchContext) -> Section:
    """Start a predictor several times on a store with a model, and send requests."""
    section = Section("startup")

    def start(model: str) -> tuple[float, float, float]:
        """Return the seconds from start to ready, the worker's RSS after load, and its parent's.

        Of the parent it is the memory that the worker does not share, in MB like the other.
        """
        store = bench.models.store_serving(model)
        started = time.perf_counter()
        with predictor(store, bench.log_path("startup"), bench.cores.server) as server:
            seconds = time.perf_counter() - started
            request = Request(f"{server.url}/predict", encode_row(sample_rows(1)[0]))
            section.failed += bench.load.measure(request, _CONNECTIONS, 1).failed
            worker = psutil.Process(server.child.worker_pid).memory_info().rss
            parent = psutil.Process(server.child.pid).memory_full_info().uss
            return seconds, worker / 1e6, parent / 1e6

    subjects = {label: partial(start, model) for label, model in _NAMES.items()}
    results = measure_in_rounds(subjects, bench.plan.starts, bench.report_progress)
    all_figures = [figures for rounds in results.values() for figures in rounds]
    section.measured = {
        "start": Measurement.from_rounds([seconds for seconds, _, _ in all_figures]),
        "memory": Measurement.from_rounds([megabytes for _, megabytes, _ in all_figures]),
    }
    section.raw = {"seconds_and_megabytes": results}
    rows = [
        (
            label,
            *(
                f"{median(figures):{form}}"
                for figures, form in zip(
                    zip(*rounds, strict=True), (".2f", ".0f", ".0f"), strict=True
                )
            ),
        )
        for label, rounds in results.items()
    ]
    header = ("one worker", "start → ready, s", "RSS after load, MB", "of its parent, MB")
    section.tables = [Table("Start and memory", header, rows)]
    return section
