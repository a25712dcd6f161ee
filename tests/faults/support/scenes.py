"""Actions of services on a prepared store, which tests interrupt at any step."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.feedback.feedback import Feedback
from gatekeeper.feedback.old_labels import OldLabels
from gatekeeper.feedback.received_label import ReceivedLabel
from predictor.prediction_log.current_segment import CurrentSegment
from predictor.prediction_log.log_keeper import LogKeeper
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, REFERENCE, SERVING
from shared.live.hour import LiveHour
from shared.live.live_hours import LiveHours
from shared.live.old_hours import OldHours
from shared.prediction_log.label import Label, encode_label
from shared.prediction_log.logged_row import encode_row
from shared.store.candidates import LEFTOVER_SECONDS, Candidates
from shared.store.decision_log import DecisionLog
from shared.store.durable_write import ROW_FILE_MODE, write_new_file
from shared.store.store import ModelStore, open_for_writing
from tests.faults.support.oracle import State, state_of
from tests.support.models.toy import toy_model
from tests.support.stores.builders import ToyCandidate, promote, toy_candidate
from tests.support.stores.gatekeeping import TrustingEvaluator, gatekeeper_of
from tests.support.stores.row_logs import WORKER as ROW_WORKER
from tests.support.stores.row_logs import logged
from trainer.publishing.publish import remove_old_candidates

Acknowledge = Callable[[State], None]
"""A callback for each state that a user may rely on."""
KEPT_MODELS = 2


@dataclass(frozen=True)
class Scene:
    """An action on a prepared store."""

    name: str
    prepare: Callable[[ModelStore], object]
    act: Callable[[ModelStore], object]
    repeat: Callable[[ModelStore], object] | None = None
    """The user's second attempt after an interruption. Without it the next poll finishes."""


def open_store(root: Path) -> ModelStore:
    """Open a store as gatekeeper and trainer do when they start."""
    return open_for_writing(root, CANDIDATES, MODELS, DECISIONS)


def look(store: ModelStore) -> None:
    """Poll once with a new gatekeeper that keeps two models."""
    gatekeeper_of(store, evaluator=TrustingEvaluator(), keep_models=KEPT_MODELS).poll()


def acknowledging(acknowledge: Acknowledge, store: ModelStore) -> None:
    """Call *acknowledge* for each promise of this process. Use it only in short-lived processes.

    A decision is promised when its append returns, a candidate when its publication returns, and
    labels when they are received.
    """
    for owner, name in (
        (DecisionLog, "append"),
        (Candidates, "publish"),
        (Feedback, "receive"),
    ):
        setattr(owner, name, _and_then(getattr(owner, name), lambda: acknowledge(state_of(store))))


def _and_then(method: Callable[..., Any], say: Callable[[], None]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        result = method(*arguments)
        say()
        return result

    return call


@cache
def candidate(bias: float, claimed: float | None = None) -> ToyCandidate:
    """Build a candidate with the same id in each process."""
    return toy_candidate(toy_model(bias=bias), claimed=claimed)


def _two_in_production(store: ModelStore) -> None:
    for bias in (1.0, 2.0):
        promote(store, toy_model(bias=bias))
    look(store)


def _waiting_for_promotion(store: ModelStore) -> None:
    _two_in_production(store)
    candidate(3.0).publish(store)


def _waiting_for_refusal(store: ModelStore) -> None:
    _two_in_production(store)
    candidate(4.0, claimed=0.5).publish(store)


def _three_waiting(store: ModelStore) -> None:
    candidate(1.0).publish(store)
    candidate(4.0, claimed=0.5).publish(store)
    candidate(2.0).publish(store)


def _many_decided(store: ModelStore) -> None:
    for number in range(4):
        toy_candidate(toy_model(bias=5.0), claimed=0.1 * number).publish(store)
    look(store)
    candidate(3.0)  # forked processes publish this candidate


def _publish_making_room(store: ModelStore) -> None:
    remove_old_candidates(store, store.decision_log(), keep=2)
    candidate(3.0).publish(store)


def _publish_another(store: ModelStore) -> None:
    """Publish a candidate with a new id, as the next run of a trainer does."""
    if candidate(3.0).manifest.candidate_id not in store.candidates.ids():
        remove_old_candidates(store, store.decision_log(), keep=2)
        toy_candidate(toy_model(bias=3.0)).publish(store)


def _answer(
    say: Callable[[Approvals, str, str], object],
) -> Callable[[ModelStore], None]:
    """Approve or reject a candidate that awaits approval."""

    def act(store: ModelStore) -> None:
        queue = ApprovalQueue(is_manual=True)
        evaluator = TrustingEvaluator()
        gatekeeper = gatekeeper_of(store, evaluator=evaluator, keep_models=2, queue=queue)
        gatekeeper.poll()
        for held in queue.pending():
            say(Approvals(store, queue), held.candidate_id, "seen")
        gatekeeper.poll()

    return act


_approve, _reject = _answer(Approvals.approve), _answer(Approvals.reject)


def _roll_back(store: ModelStore) -> None:
    roll_back(store, 1)
    look(store)


def _roll_back_again(store: ModelStore) -> None:
    registry = store.decision_log().registry
    if registry is None or registry.version < 3:
        _roll_back(store)


def _left_by_the_killed(store: ModelStore) -> None:
    """Leave a hidden production model, a torn registry and old temporary names."""
    _waiting_for_promotion(store)
    registry = store.registry.read()
    assert registry is not None
    model = store.layout.model(registry.digest)
    model.rename(model.with_name(f".trash-{model.name}-1-dead"))
    store.layout.registry.write_bytes(b"{")
    for parent in (store.layout.candidates, store.layout.models):
        (parent / ".staging-1-dead").mkdir()
        (parent / ".staging-1-dead" / "half").write_bytes(b"half")
    (store.layout.decisions / ".tmp-00000003.json-1-dead").write_bytes(b"{")
    (store.layout.root / ".tmp-registry.json-1-dead").write_bytes(b"{")
    old = time.time() - 2 * LEFTOVER_SECONDS
    for path in store.layout.root.rglob(".*dead"):
        os.utime(path, (old, old))


def _promoted_without_reference(store: ModelStore) -> None:
    """Put a model in production whose reference is missing, and one whose is damaged."""
    for bias in (2.0, 3.0):
        promote(store, toy_model(bias=bias))
        candidate(bias).publish(store)
    (store.models.directory(toy_model(bias=2.0).digest) / REFERENCE).write_bytes(b"{")


def _hour(worker: str, hour: int, year: int = 2999) -> LiveHour:
    return LiveHour(worker=worker, hour=datetime(year, 1, 31, hour, tzinfo=UTC), versions=())


def _count(store: ModelStore) -> None:
    """Write the counts of an hour twice, and those of the next one durably."""
    hours = LiveHours(store.layout)
    for hour in (11, 11):
        hours.write(_hour("host-1-a1", hour))
    hours.write(_hour("host-1-a1", 12), durable=True)


def _counted_long_ago(store: ModelStore) -> None:
    hours = LiveHours(store.layout)
    for worker in ("gone-1", "gone-2", "live"):
        hours.write(_hour(worker, 11, year=1999))
    hours.write(_hour("live", 11))


def _remove_old_counts(store: ModelStore) -> None:
    OldHours(store.layout, days=30).remove(datetime.now(UTC), "live")


def _log_rows(store: ModelStore) -> None:
    """Write a segment of logged rows, publish it, and begin the next one."""
    open_for_writing(store.layout.root, SERVING)
    segment = CurrentSegment(store.layout, ROW_WORKER)
    keeper = LogKeeper(store.layout, ROW_WORKER, segment, days=7, max_bytes=1 << 30)
    for number in range(3):
        segment.append(encode_row(logged(f"{number}-0")) + encode_row(logged(f"{number}-1")))
    segment.finish()
    keeper.work()
    segment.append(encode_row(logged("next")))


def _send_labels(store: ModelStore) -> None:
    """Send labels to a gatekeeper, correct one, and send others to a second gatekeeper."""
    one, other = Feedback(store.layout), Feedback(store.layout)
    for value in (0, 1):
        one.receive([ReceivedLabel("corrected", value), ReceivedLabel(f"first {value}", "x")])
    other.receive([ReceivedLabel("elsewhere", 1.5)])
    for feedback in (one, other):
        feedback.close()


def _labelled_long_ago(store: ModelStore) -> None:
    _two_in_production(store)
    _send_labels(store)
    path = store.layout.feedback_segment(9)
    line = encode_label(Label("old", 1, datetime(1999, 1, 31, tzinfo=UTC)))
    write_new_file(path, [line], mode=ROW_FILE_MODE)
    os.utime(path, (0, 0))


def _remove_old_labels(store: ModelStore) -> None:
    OldLabels(store.layout, days=30).remove(datetime.now(UTC))


SCENES = [
    Scene("a store is opened for the first time", lambda _store: None, lambda store: open_store(
        store.layout.root
    )),
    Scene("a candidate is published where old ones make room", _many_decided,
          _publish_making_room, _publish_another),
    Scene("the first promotion", lambda store: candidate(3.0).publish(store), look),
    Scene("a promotion that prunes", _waiting_for_promotion, look),
    Scene("a refusal", _waiting_for_refusal, look),
    Scene("a queue of three", _three_waiting, look),
    Scene("an approval", _waiting_for_promotion, _approve, _approve),
    Scene("a rejection", _waiting_for_promotion, _reject, _reject),
    Scene("a rollback", _two_in_production, _roll_back, _roll_back_again),
    Scene("a recovery", _left_by_the_killed, look),
    Scene("promotions that add references", _promoted_without_reference, look),
    Scene("counts of live requests", _two_in_production, _count, _count),
    Scene("rows that are logged", _two_in_production, _log_rows, _log_rows),
    Scene("a removal of old counts", _counted_long_ago, _remove_old_counts),
    Scene("labels", _two_in_production, _send_labels, _send_labels),
    Scene("a removal of old labels", _labelled_long_ago, _remove_old_labels),
]  # fmt: skip
"""Every action that changes a store."""
