"""Measure the time from a committed promotion until every worker serves it."""

import time

from bench.context import BenchContext
from bench.harness.processes import Child
from bench.harness.promoted_models import LR, production_model
from bench.harness.servers import predictor
from bench.report.results import Measurement, Section, Table
from gatekeeper.decisions.rollback import roll_back
from shared.store.store import ModelStore, open_store

WORKERS = 2


def measure(bench: BenchContext) -> Section:
    """Promote LR and RF-100 in turn, without load, and wait for the workers' heartbeats."""
    root = bench.models.store_serving(LR, "convergence")
    store = open_store(root)
    times = []
    with predictor(root, bench.log_path("convergence"), PREDICTOR_WORKERS=WORKERS) as server:
        wait_for_workers(store, server.child)
        for number in range(bench.plan.promotions):
            bench.report_progress(f"promotion {number + 1} of {bench.plan.promotions}")
            promote_the_other(store)
            committed = time.perf_counter()
            wait_for_workers(store, server.child)
            times.append((time.perf_counter() - committed) * 1000)
    measurement = Measurement.from_rounds(times)
    slowest = max(times)
    row = (f"{len(times)} promotions", *(f"{ms:.0f}" for ms in (measurement.value or 0, slowest)))
    return Section(
        "convergence",
        [Table("Promotion committed → both workers serve it", ("", "p50 ms", "p100 ms"), [row])],
        {"convergence": Measurement(slowest, note=f"p50 {measurement.value:.0f} ms")},
        raw={"milliseconds": times},
    )


def promote_the_other(store: ModelStore) -> None:
    """Promote the other model as a new version, by a rollback."""
    roll_back(store, 2 if production_model(store) == LR else 1)


def wait_for_workers(store: ModelStore, child: Child) -> None:
    """Wait until the heartbeats of all workers show the version in production."""
    registry = store.decision_log().registry
    assert registry is not None  # noqa: S101 - a model is in production

    def all_serve_it() -> bool:
        beats = store.heartbeats.all()
        return len(beats) == WORKERS and all(b.serving_version == registry.version for b in beats)

    child.wait_for(all_serve_it, f"both workers to serve version {registry.version}")
