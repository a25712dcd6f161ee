"""No heartbeat file stops promotions, the gatekeeper's pages, or the thread of another worker.

Each field of the document has each hostile value once. A heartbeat is used or named.
"""

import itertools
import json
import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.api.http_bodies import FleetStatus
from predictor.lifecycle.heartbeat_writer import HeartbeatWriter, WorkerReport
from predictor.lifecycle.manager import WorkerStatus
from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.heartbeats import MAX_HEARTBEATS, Heartbeats
from shared.store.store import ModelStore, open_for_writing
from tests.support.hostile_values import TIMES, hostile_values, with_value
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread

PATHS = ("/", "/page/fleet", "/fleet", "/metrics", "/readyz", "/livez")
VALUES = hostile_values()


def honest(name: str) -> dict[str, object]:
    """Return the document of a worker that has stopped, so that its versions do not count."""
    beat = worker(name, 1, loaded_at=datetime.now(UTC), beat_at=datetime(2026, 1, 1, tzinfo=UTC))
    found: dict[str, object] = json.loads(beat.encode())
    return {**found, "heartbeat_seconds": 0.1, "versions": {"onnxruntime": "0.1"}}


def put(store: ModelStore, name: str, data: bytes) -> None:
    (store.layout.serving / name).write_bytes(data)


def require_working(store: ModelStore, gatekeeper: GatekeeperThread, bias: float) -> FleetStatus:
    """Assert that a candidate is promoted and that all pages answer. Return the fleet."""
    candidate_id = toy_candidate(toy_model(bias=bias)).publish(store)
    wait_for(lambda: store.decision_log().is_decided(candidate_id), "a decision")
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None
    assert decision.outcome == "promoted", decision.failed
    wait_for(lambda: plain_http.get(f"{gatekeeper.url}/readyz").status_code == 200, "readiness")
    for path in PATHS:
        answer = plain_http.get(f"{gatekeeper.url}{path}", timeout=PATIENCE_SECONDS)
        assert answer.status_code == 200, (path, answer.text)
        assert len(answer.content) < 4 << 20
        assert not any(each in answer.text for each in "\x1b\x9b\x85\u202e\u200b")
    found = plain_http.get(f"{gatekeeper.url}/fleet", timeout=PATIENCE_SECONDS)
    return FleetStatus.model_validate(found.json())


@pytest.mark.parametrize("field", Heartbeat.model_fields)
def test_a_hostile_value_in_a_field_stops_nothing(store: ModelStore, field: str) -> None:
    names = set()
    for number, value in enumerate(VALUES.values()):
        name = f"w{number}"
        names.add(name)
        put(store, f"{name}.json", with_value(honest(name), (field,), value))
    with gatekeeper_thread(store.layout.root) as gatekeeper:
        fleet = require_working(store, gatekeeper, 1.0)
    used = {each.worker for each in fleet.workers}
    survey = store.heartbeats.survey()
    named = {each.name.removesuffix(".json") for each in survey.left_out}
    assert used | named == names, "each is used or named"
    assert not used & named
    assert (fleet.unusable, fleet.unread) == (len(named), 0)
    assert named, "every field has a bound, or a type"


def test_a_worker_goes_on_with_its_heartbeats_beside_hostile_ones(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    fields = list(Heartbeat.model_fields)
    for number, value in enumerate(VALUES.values()):
        name = f"w{number}"
        field = fields[number % len(fields)]
        put(store, f"{name}.json", with_value(honest(name), (field,), value))
        put(store, f"t{number}.json", with_value(honest(f"t{number}"), ("beat_at",), value))
    report = WorkerReport(WorkerStatus(), None)
    writer = HeartbeatWriter(store.heartbeats, "me", lambda: report, 0.01)
    with caplog.at_level(logging.WARNING):
        writer.start()
        try:
            for _ in range(3):
                wait_for_beat_after(store, beat_at(store))
        finally:
            writer.stop()
    assert "me.json" not in os.listdir(store.layout.serving)
    assert not caplog.records


def wait_for_beat_after(store: ModelStore, last: datetime | None) -> None:
    wait_for(lambda: beat_at(store) not in {None, last}, "the next beat")


def beat_at(store: ModelStore) -> datetime | None:
    return next((each.beat_at for each in store.heartbeats.all() if each.worker == "me"), None)


def test_a_dead_worker_with_a_clock_in_the_future_neither_lives_nor_refuses_candidates(
    store: ModelStore,
) -> None:
    times = [*TIMES[3:4], f"{datetime.now(UTC) + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"]
    for number, time in enumerate(times):
        name = f"ahead{number}"
        put(store, f"{name}.json", with_value(honest(name), ("beat_at",), json.dumps(time)))
    with gatekeeper_thread(store.layout.root) as gatekeeper:
        fleet = require_working(store, gatekeeper, 1.0)
        wait_for(lambda: not is_live(gatekeeper), "both workers to be judged")
    assert [bool(each.note) for each in fleet.workers] == [True] * 2


def is_live(gatekeeper: GatekeeperThread) -> bool:
    fleet = FleetStatus.model_validate(plain_http.get(f"{gatekeeper.url}/fleet").json())
    return any(each.live for each in fleet.workers)


def test_five_thousand_heartbeats_cost_as_much_as_a_thousand(tmp_path: Path) -> None:
    store = open_for_writing(tmp_path / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    error = json.dumps("\x9b" * 1000)
    for number in range(5000):
        put(store, f"w{number}.json", with_value(honest(f"w{number}"), ("last_error",), error))
    now = datetime.now(UTC)
    store.heartbeats.write(worker("newest", None, beat_at=now))
    os.utime(store.layout.heartbeat("newest"), (now.timestamp() + 60,) * 2)
    with gatekeeper_thread(store.layout.root) as gatekeeper:
        fleet = require_working(store, gatekeeper, 1.0)
    assert (len(fleet.workers), fleet.unread) == (MAX_HEARTBEATS, 4001)
    assert "newest" in {each.worker for each in fleet.workers if each.live}
    (sentence,) = fleet.left_out
    assert sentence.startswith("Heartbeats not read: 4001 older ones.")
    clock = itertools.count(step=3600.0)
    mine = Heartbeats(store.layout, lambda: next(clock))
    for _ in range(60):
        mine.remove_dead("newest")
    assert os.listdir(store.layout.serving) == ["newest.json"]


def test_a_heartbeat_of_a_newer_release_is_read_with_its_unknown_fields(store: ModelStore) -> None:
    new = {**honest("new"), "praised": ["sha256:0"], "mood": {"level": 9}}
    put(store, "new.json", json.dumps(new).encode())
    put(store, "newer.json", json.dumps({**honest("newer"), "format_version": 2}).encode())
    survey = store.heartbeats.survey()
    assert [each.worker for each in survey.heartbeats] == ["new"]
    assert [(each.name, "Update this service" in each.reason) for each in survey.left_out] == [
        ("newer.json", True)
    ]
