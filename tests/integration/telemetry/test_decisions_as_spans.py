"""Decisions of people, and rollbacks by a probation, reach the receiver of spans."""

from collections.abc import Iterator

import pytest

from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.rollback import roll_back
from shared.errors import AlreadyDecidedError, VersionNotFoundError
from shared.store.store import ModelStore
from shared.telemetry.spans import start_spans, stop_spans
from shared.tracing.traceparent import current_traceparent
from tests.support.http.span_receiver import SpanReceiver, span_receiver
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.stores.probations import answer, look, promote_two

RUN, CLIENT = "1" * 32, "2" * 32
REASON = "seen with ada"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpanReceiver]:
    with span_receiver() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        start_spans("modelgate-gatekeeper")
        yield running
        stop_spans(0)


@pytest.fixture
def client_trace() -> Iterator[str]:
    token = current_traceparent.set(f"00-{CLIENT}-{'3' * 16}-01".encode())
    yield CLIENT
    current_traceparent.reset(token)


def judged(store: ModelStore, queue: ApprovalQueue) -> str:
    """Publish a candidate of a traced run, and return its id when it awaits approval."""
    candidate = toy_candidate().with_manifest(traceparent=f"00-{RUN}-{'4' * 16}-01")
    candidate_id = candidate.publish(store)
    gatekeeper_of(store, queue=queue).poll()
    return candidate_id


def test_an_answer_to_a_candidate_is_in_the_trace_of_its_training(
    store: ModelStore, receiver: SpanReceiver
) -> None:
    queue = ApprovalQueue(is_manual=True)
    approvals = Approvals(store, queue)
    first = judged(store, queue)
    approved = approvals.approve(first, REASON, "ada")
    rejected = approvals.reject(judged(store, queue), REASON, "ada")
    with pytest.raises(AlreadyDecidedError):
        approvals.reject(first, REASON)
    stop_spans(30)
    assert approved.registry is not None
    assert rejected.outcome == "refused"
    (approval,) = receiver.named("approve")
    rejection, late = receiver.named("reject")
    assert approval.attributes == {
        "modelgate.outcome": "promoted",
        "modelgate.model.version": 1,
        "modelgate.model.digest": approved.registry.digest,
    }
    assert rejection.attributes == {"modelgate.outcome": "refused"}
    assert approval.trace == rejection.trace == RUN
    assert (late.is_error, late.message) == (True, "AlreadyDecidedError")
    sent = b"".join(receiver.bodies)
    assert REASON.encode() not in sent
    assert first.encode() not in sent


def test_a_decision_of_a_person_is_in_the_trace_of_the_request(
    store: ModelStore, receiver: SpanReceiver, client_trace: str
) -> None:
    queue = ApprovalQueue(is_manual=True)
    Approvals(store, queue).approve(judged(store, queue), REASON)
    restored = promote(store, toy_model(bias=3.0))
    decision = roll_back(store, 1)
    with pytest.raises(VersionNotFoundError):
        roll_back(store, 9)
    stop_spans(30)
    assert decision.registry is not None
    assert decision.registry.version == restored.version + 1
    (approval,) = receiver.named("approve")
    rollback, wrong = receiver.named("roll back")
    assert {approval.trace, rollback.trace, wrong.trace} == {client_trace}
    assert rollback.attributes["modelgate.model.version"] == decision.registry.version
    assert (wrong.is_error, wrong.message) == (True, "VersionNotFoundError")


def test_a_rollback_by_a_probation_has_a_span_of_its_own(
    store: ModelStore, receiver: SpanReceiver
) -> None:
    first, second = promote_two(store)
    look(store)
    answer(store, second, failed=50)
    look(store)
    stop_spans(30)
    (found,) = receiver.named("roll back by probation")
    assert found.parent == ""
    assert found.attributes == {
        "modelgate.outcome": "rolled_back",
        "modelgate.model.version": 3,
        "modelgate.model.digest": first.digest,
    }
