"""Time model calls in this process, without a server."""

import time
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.harness.machine import on_cores
from bench.load.payloads import Rows
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import predict_in_batches
from shared.store.models import ModelBytes
from shared.store.store import open_store


def read_model(root: Path, name: str) -> ModelBytes:
    """Read the last promoted model called *name* from the store *root*."""
    store = open_store(root)
    promoted = [entry.registry for entry in store.decision_log().decisions() if entry.registry]
    return store.models.read([r.digest for r in promoted if r.model_name == name][-1])


def time_model_call(bench: BenchContext, model: ModelBytes, rows: Rows) -> float:
    """Return the median milliseconds of a model call on the servers' core."""
    return time_servable(bench, OnnxServable(model.model, model.artefact), rows)


def time_servable(bench: BenchContext, servable: OnnxServable, rows: Rows) -> float:
    """Return the median milliseconds of a call on the servers' core."""
    times: list[float] = []
    with on_cores(bench.cores.server):
        predict_in_batches(servable, rows)
        until = time.perf_counter() + bench.plan.seconds / 4
        while time.perf_counter() < until or not times:
            started = time.perf_counter()
            predict_in_batches(servable, rows)
            times.append(time.perf_counter() - started)
    return median(times) * 1000
