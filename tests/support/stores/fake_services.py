"""Fake services: a gatekeeper with prescribed decisions, and heartbeats of predictor workers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from gatekeeper.notifications.event_source import EventSource
from gatekeeper.notifications.worker_watch import WorkerWatch
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Outcome, Registry
from shared.contract.heartbeat import Heartbeat
from shared.following.notification_cursor import NotificationCursors
from shared.store.durable_write import make_directory
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model

FAILED = CheckResult(
    name="metric not below champion",
    passed=False,
    observed=0.7361,
    required=0.9784,
    message="f1 0.7361 is worse than the 0.9784 of version 4, scored on the same rows.",
)


def decide(store: ModelStore, candidate_id: str, outcome: Outcome = "promoted") -> Decision:
    """Append the decision on one candidate, as a gatekeeper does."""
    log = store.decision_log()
    manifest = store.candidates.manifest(candidate_id)
    now = datetime.now(UTC)
    version = log.registry.version + 1 if log.registry else 1
    registry = Registry(
        version=version,
        model_name=manifest.model_name,
        metric=manifest.metric,
        metrics=manifest.holdout_metrics,
        digest=manifest.digest,
        candidate_id=candidate_id,
        decision=log.next_number,
        promoted_at=now,
        files=manifest.files,
        previous_version=version - 1 or None,
    )
    decision = Decision(
        number=log.next_number,
        previous=log.head_sha256,
        candidate_id=candidate_id,
        outcome=outcome,
        checks=(FAILED,) if outcome in {"refused", "inconclusive"} else (),
        decided_at=now,
        model_name=manifest.model_name,
        metric=manifest.metric,
        scores={"challenger": 0.9784, "champion": 0.97, "candidates": {}},
        registry=registry if outcome == "promoted" else None,
    )
    log.append(decision)
    return decision


@contextmanager
def deciding(store: ModelStore, outcome: Outcome = "promoted") -> Iterator[None]:
    """Decide every new candidate while the block runs, as a gatekeeper does."""

    def decide_all() -> None:
        log = store.decision_log()
        for candidate_id in store.candidates.ids():
            if not log.is_decided(candidate_id):
                decide(store, candidate_id, outcome)

    with _repeating(decide_all):
        yield


@contextmanager
def holding(store: ModelStore) -> Iterator[None]:
    """Let every new candidate await approval while the block runs."""
    with _repeating(lambda: store.approvals.write(store.candidates.ids())):
        yield


@contextmanager
def _repeating(action: Callable[[], None]) -> Iterator[None]:
    stopped = threading.Event()

    def poll() -> None:
        while not stopped.wait(0.01):
            action()

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def follow(store: ModelStore, receiver: str) -> None:
    """Write the cursor of a receiver that begins at the end of the log, as a notifier does."""
    make_directory(store.layout.notifications)
    source = EventSource(store, WorkerWatch(store.heartbeats))
    NotificationCursors(store.layout).write(source.begin(receiver))


def worker(
    name: str,
    version: int | None,
    *,
    loaded_at: datetime | None = None,
    beat_at: datetime | None = None,
    last_error: str | None = None,
) -> Heartbeat:
    """Build the heartbeat of a worker that serves *version* and beats once an hour."""
    digest = toy_model().digest
    return Heartbeat(
        worker=name,
        host="host",
        pid=1,
        beat_at=beat_at or datetime.now(UTC),
        heartbeat_seconds=timedelta(hours=1).total_seconds(),
        desired_version=version,
        desired_digest=digest,
        serving_version=version,
        serving_digest=digest if version else None,
        loaded_at=loaded_at,
        last_error=last_error,
    )
