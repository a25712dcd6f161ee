"""Stores with a version on probation, and the looks of a gatekeeper at it."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.probation.conditions import ProbationLimits
from gatekeeper.probation.label_limits import LabelLimits
from gatekeeper.probation.label_looks import LabelBoard, LabelLooks
from gatekeeper.probation.label_scores import LabelScorer
from gatekeeper.probation.loading import LoadingWatch
from gatekeeper.probation.on_probation import ProbationClock
from gatekeeper.probation.probation_check import ProbationCheck
from gatekeeper.probation.probation_status import ProbationView
from shared.contract.documents import Decision, Registry
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import ACCURACY, LIMITS, HereEvaluator
from tests.support.stores.live_counts import PatientHistory
from tests.support.stores.live_hours import Traffic, write_hours

HOUR = ProbationLimits(seconds=3600.0, labels=LabelLimits("accuracy"))


def promote_two(store: ModelStore) -> tuple[Registry, Registry]:
    """Promote two models: the second is on probation."""
    return promote(store, toy_model(bias=1.0)), promote(store, toy_model(bias=2.0))


def answer(
    store: ModelStore,
    registry: Registry,
    *,
    requests: int = 1000,
    failed: int = 0,
    not_finite: int = 0,
    rejected: int = 0,
    latency: float = 0.001,
    worker: str = "host-1-5f0c9a3e",
) -> None:
    """Write what a worker counted in this hour; *rejected* include those that are not finite."""
    traffic = Traffic.of(
        registry,
        None,
        requests=requests,
        failed=failed,
        rejected=max(rejected, not_finite),
        not_finite=not_finite,
        latency=latency,
    )
    write_hours(store, [traffic], worker=worker)


def check_of(
    store: ModelStore,
    limits: ProbationLimits = HOUR,
    loading: LoadingWatch | None = None,
    labels: LabelBoard | None = None,
) -> ProbationCheck:
    """Build the check of a gatekeeper that has just started, which looks at each call."""
    clock = ProbationClock(store.layout, limits.seconds)
    times = iter(range(0, 10**6, 10))
    return ProbationCheck(
        store,
        PatientHistory(store.layout),
        limits,
        clock,
        ticks=lambda: float(next(times)),
        loading=loading or LoadingWatch(),
        labels=labels or LabelBoard(),
    )


def label_looks_of(
    store: ModelStore,
    evaluator: ProcessEvaluator | None = None,
    ticks: Callable[[], float] = lambda: 0.0,
) -> LabelLooks:
    """Build the looks at labels of a gatekeeper that has just started; its thread does not run."""
    scorer = LabelScorer(store, evaluator or HereEvaluator(), ACCURACY, LIMITS)
    clock = ProbationClock(store.layout, HOUR.seconds)

    def read() -> list[Decision]:
        return [each.decision for each in store.decision_log().entries]

    return LabelLooks(scorer, read, clock, threading.Event(), ticks)


def view_of(
    store: ModelStore, seconds: float = 3600.0, labels: LabelBoard | None = None
) -> ProbationView:
    """Build the view that pages and programs get."""
    history = PatientHistory(store.layout)
    history.refresh()
    clock = ProbationClock(store.layout, seconds)
    return ProbationView(store.models, history, clock, labels or LabelBoard(), HOUR.labels)


def look(
    store: ModelStore, limits: ProbationLimits = HOUR, labels: LabelBoard | None = None
) -> None:
    """Let a gatekeeper that has just started look once."""
    check_of(store, limits, labels=labels).look(store.decision_log())


def age(store: ModelStore, seconds: float) -> None:
    """Let each entry of the log be written this long ago, by the clock of the volume."""
    now = datetime.now(UTC).timestamp()
    for number in store.decision_log().numbers_on_disk():
        os.utime(store.layout.decision(number), (now - seconds, now - seconds))
