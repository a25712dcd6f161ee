"""The notifier is killed before every kind of system call that it makes, in every state.

strace lists the calls of one life that delivers. Then one life after another on the same store is
killed at another of these calls, while new events come. At the end the receiver has every event,
in order, and only the event of a killed attempt more than once.
"""

import itertools
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from gatekeeper.notifications.courier import Courier
from gatekeeper.notifications.event_source import EventSource
from gatekeeper.notifications.message import Sender
from gatekeeper.notifications.receivers import parse_receivers
from gatekeeper.notifications.worker_watch import WorkerWatch
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, NOTIFICATIONS, SERVING
from shared.following.notification_cursor import NotificationCursors
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore, open_for_writing
from tests.faults.support.effort import figure
from tests.faults.support.record import Record
from tests.faults.support.tracing import LINE
from tests.support.http.webhook_receiver import WebhookReceiver, webhook_receiver
from tests.support.processes.forks import Fork, fork
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import decide

pytestmark = pytest.mark.usefixtures("strace")

KILLS = figure(quick=60, full=300)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of this test


class Notified:
    """A store, and a receiver that gets its events."""

    def __init__(self, directory: Path, receiver: WebhookReceiver) -> None:
        self.directory = directory
        self.store = open_for_writing(
            directory / "store", CANDIDATES, MODELS, DECISIONS, SERVING, NOTIFICATIONS
        )
        self.receiver = receiver
        self.secret = directory / "secret"
        self.secret.write_text(SECRET)
        self.secret.chmod(0o600)
        self.expected: list[int] = []

    def decide(self) -> None:
        """Commit one more decision."""
        candidate_id = toy_candidate().publish(self.store)
        self.expected.append(decide(self.store, candidate_id, "refused").number)

    def deliver(self) -> None:
        """Deliver everything, as a notifier does that has just started."""
        store = ModelStore(self.store.layout.root)
        (receiver,) = parse_receivers(self.receiver.url)
        source = EventSource(store, WorkerWatch(store.heartbeats))
        cursors = NotificationCursors(store.layout)
        courier = Courier(receiver, source, cursors, Sender(self.secret), idle_seconds=1.0)
        while courier.step() == 0.0:
            pass

    def traced(self, *options: str) -> int:
        """Deliver in a forked process under strace, and return its exit status."""
        held, go = os.pipe()

        def live() -> None:
            os.close(go)
            os.read(held, 1)
            self.deliver()

        process: Fork = fork(live)
        os.close(held)
        command = ["strace", "-p", str(process.pid), *options]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
            assert strace.stderr is not None
            first = strace.stderr.readline()
            assert "attached" in first, first + strace.stderr.read()
            os.close(go)
            status = process.wait()
            strace.communicate()
        return status

    def calls(self) -> list[tuple[str, int]]:
        """List the system calls of one life that delivers two events: name, and number of it."""
        trace = self.directory / "trace"
        for _ in range(2):
            self.decide()
        assert self.traced("-o", str(trace)) == 0
        counted: Counter[str] = Counter()
        found = []
        for line in trace.read_text().splitlines():
            if match := LINE.match(line):
                counted[match["call"]] += 1
                found.append((match["call"], counted[match["call"]]))
        return found


def test_a_notifier_killed_at_any_call_loses_nothing_and_repeats_only_the_newest_event(
    tmp_path: Path, record: Record
) -> None:
    with webhook_receiver() as receiver:
        notified = Notified(tmp_path, receiver)
        notified.deliver()  # late imports happen now, so that the calls do not change
        calls = notified.calls()
        kinds = {name for name, _ in calls}
        assert kinds >= {"openat", "write", "fsync", "rename", "connect", "sendto", "recvfrom"}
        killed: Counter[str] = Counter()
        for turn in itertools.count():
            if killed.total() == KILLS:
                break
            # A step that has no common factor with the length reaches each call once.
            name, number = calls[turn * 89 % len(calls)]
            notified.decide()
            status = notified.traced(
                "-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={number}"
            )
            assert status in {0, -9}
            killed[name] += status == -9
            assert turn < 4 * KILLS, "too many lives end before their call"
        notified.deliver()
    record.add("killed notifier", "kills", killed.total())
    got = [each.payload["data"]["decision"] for each in receiver.requests]
    assert [number for number, _ in itertools.groupby(got)] == notified.expected
    repeated = len(got) - len(notified.expected)
    assert 0 < repeated <= killed.total()
    for _, requests in itertools.groupby(receiver.requests, key=lambda each: each.id):
        assert len({each.body for each in requests}) == 1
    issues = [each.message for each in check_store(notified.store) if each.kind == "error"]
    assert issues == []
