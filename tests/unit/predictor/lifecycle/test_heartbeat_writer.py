"""A worker writes correct heartbeats at once and on time, and removes its own when it stops."""

import logging
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from predictor.lifecycle.heartbeat_writer import (
    BEATS_BETWEEN_CLEANUPS,
    WORKERS_PER_BEAT,
    HeartbeatWriter,
    WorkerReport,
    make_worker_name,
)
from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.manager import ModelManager, WorkerStatus
from predictor.lifecycle.registry_watcher import RegistryObservation
from shared.contract.heartbeat import MAX_ERROR_CHARACTERS, Heartbeat
from shared.contract.layout import WORKER
from shared.runtime_versions import runtime_versions
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

LONG = 60.0


@contextmanager
def beating(
    store: ModelStore, status: Callable[[], WorkerStatus] = WorkerStatus, seconds: float = LONG
) -> Iterator[HeartbeatWriter]:
    writer = HeartbeatWriter(
        store.heartbeats, "me", lambda: WorkerReport(status(), status().last_error), seconds
    )
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


def beat_of(store: ModelStore, worker: str) -> Heartbeat | None:
    return next((beat for beat in store.heartbeats.all() if beat.worker == worker), None)


def test_worker_names_are_unique_and_valid_file_names() -> None:
    names = {make_worker_name() for _ in range(100)}
    assert len(names) == 100
    assert all(WORKER.fullmatch(name) for name in names)
    assert all(f"-{os.getpid()}-" in name for name in names)


@pytest.mark.parametrize("host", ["", "-.-", "x" * 300, "a_b.c d", "ünï"])
def test_worker_names_are_valid_file_names_on_hosts_with_odd_names(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    assert WORKER.fullmatch(make_worker_name())


def test_the_first_heartbeat_is_written_at_once_and_removed_at_the_end(store: ModelStore) -> None:
    before = datetime.now(UTC)
    with beating(store):
        beat = wait_for(lambda: beat_of(store, "me"), "the first beat")
        assert beat.beat_at >= before
        assert (beat.pid, beat.host) == (os.getpid(), socket.gethostname())
        assert (beat.heartbeat_seconds, beat.serving_version, beat.last_error) == (LONG, None, None)
        assert beat.versions == runtime_versions()
    assert list(store.layout.serving.iterdir()) == []


def test_a_heartbeat_has_the_desired_and_served_version_and_the_error(store: ModelStore) -> None:
    manager = ModelManager(ModelLoader(store.models, allow_joblib=False).load)
    manager.reconcile(RegistryObservation(promote(store, toy_model()), None))
    bad = promote(store, toy_model(bias=1.0))
    shutil.rmtree(store.layout.model(bad.digest))
    manager.reconcile(RegistryObservation(bad, None))
    with beating(store, lambda: manager.status):
        beat = wait_for(lambda: beat_of(store, "me"), "the first beat")
    assert (beat.desired_version, beat.desired_digest) == (2, bad.digest)
    assert (beat.serving_version, beat.serving_digest) == (1, toy_model().digest)
    assert manager.served is not None
    assert beat.loaded_at == manager.served.loaded_at
    assert beat.last_error == manager.status.last_error is not None


def test_a_change_is_reported_without_waiting_for_the_next_heartbeat(store: ModelStore) -> None:
    status = WorkerStatus()
    with beating(store, lambda: status) as writer:
        wait_for(lambda: beat_of(store, "me"), "the first beat")
        status = WorkerStatus(registry_error="It changed.")
        writer.beat_now()
        wait_for(
            lambda: (beat := beat_of(store, "me")) and beat.last_error == "It changed.",
            "the change to be told",
        )


def test_heartbeats_are_written_at_their_interval(store: ModelStore) -> None:
    with beating(store, seconds=0.01):
        first = wait_for(lambda: beat_of(store, "me"), "the first beat")
        wait_for(
            lambda: (beat := beat_of(store, "me")) and beat.beat_at > first.beat_at,
            "the next beat",
        )


def test_only_heartbeats_of_dead_workers_are_removed(store: ModelStore) -> None:
    def other(worker: str, heartbeat_seconds: float) -> Heartbeat:
        return Heartbeat(
            worker=worker,
            host="host",
            pid=1,
            beat_at=datetime.now(UTC),
            heartbeat_seconds=heartbeat_seconds,
            desired_version=None,
            desired_digest=None,
            serving_version=None,
            serving_digest=None,
            loaded_at=None,
            last_error=None,
        )

    store.heartbeats.write(other("dead", 0.01))
    store.heartbeats.write(other("alive", LONG))
    with beating(store, seconds=0.01):
        wait_for(lambda: beat_of(store, "dead") is None, "the dead to be cleared away")
        assert {beat.worker for beat in store.heartbeats.all()} == {"alive", "me"}


@pytest.mark.parametrize("workers", [1, 100])
def test_a_worker_of_a_large_fleet_looks_less_often_for_dead_workers(
    store: ModelStore, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(workers - 1):
        (store.layout.serving / f"other-{number}.json").write_text("{}")
    writer = HeartbeatWriter(
        store.heartbeats, "me", lambda: WorkerReport(WorkerStatus(), None), LONG
    )
    removals = []
    remove_dead = store.heartbeats.remove_dead

    def count_removals(worker: str) -> int:
        removals.append(worker)
        return remove_dead(worker)

    monkeypatch.setattr(store.heartbeats, "remove_dead", count_removals)
    for _ in range(10 * max(BEATS_BETWEEN_CLEANUPS, workers // WORKERS_PER_BEAT)):
        writer.beat()
    assert removals == ["me"] * 10


def test_a_failure_to_write_is_logged_once_and_its_end_too(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.layout.serving.rmdir()
    store.layout.serving.write_text("in the way")
    tries = 0

    def status() -> WorkerStatus:
        nonlocal tries
        tries += 1
        return WorkerStatus()

    with caplog.at_level(logging.INFO), beating(store, status, seconds=0.01):
        wait_for(lambda: tries > 30, "several beats to fail")
        assert len(caplog.records) == 1
        assert re.search("heartbeat cannot be written", caplog.records[0].message)
        store.layout.serving.unlink()
        wait_for(lambda: beat_of(store, "me"), "a beat")
        wait_for(lambda: len(caplog.records) > 1, "the end of it to be told")
        assert "again" in caplog.records[1].message


def test_no_error_ends_the_thread_and_a_long_or_hostile_error_is_reported(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    errors = [OverflowError("too far"), MemoryError(), None]

    def status() -> WorkerStatus:
        if len(errors) > 1 and (error := errors.pop(0)):
            raise error
        return WorkerStatus(registry_error="\ud800\x9b31m" + "x" * 100_000)

    with caplog.at_level(logging.INFO), beating(store, status, seconds=0.01):
        beat = wait_for(lambda: beat_of(store, "me"), "a beat after the errors")
        wait_for(lambda: len(caplog.records) == 2, "the end of the errors to be logged")
    assert beat.last_error is not None
    assert beat.last_error.startswith("\\ud800\\x9b31mxxx")
    assert len(beat.last_error) == MAX_ERROR_CHARACTERS
    assert caplog.records[0].message.endswith("the heartbeat cannot be written: too far")
    assert caplog.records[1].message == "The heartbeat can be written again."
