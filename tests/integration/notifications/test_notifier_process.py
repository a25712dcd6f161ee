"""The real process: it delivers, stops at once, tests receivers, and says what is wrong."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.containers.notifier_probe import has_notifier
from gatekeeper.notify import main
from shared.following.notification_cursor import NotificationCursors
from shared.store.store import ModelStore
from tests.support.http.webhook_receiver import webhook_receiver
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import decide

COMMAND = [sys.executable, "-m", "gatekeeper.notify"]


def environment(store: ModelStore, *urls: str) -> dict[str, str]:
    return {"STORE_DIR": str(store.layout.root), "GATEKEEPER_WEBHOOKS": ",".join(urls)}


@contextmanager
def notifier(variables: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the notifier until the block ends. It then stops by itself with status 0."""
    with (
        log.open("ab") as output,
        subprocess.Popen(COMMAND, cwd=ROOT, env=variables, stderr=output) as process,
    ):
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()
        finally:
            process.kill()


def has_begun(store: ModelStore, count: int) -> bool:
    return len(NotificationCursors(store.layout).names()) == count


def has_delivered(store: ModelStore, receiver: str) -> bool:
    cursor = NotificationCursors(store.layout).read(receiver)
    return cursor is not None and cursor.delivered == 1


def counts_delivered(store: ModelStore) -> list[int]:
    """Return the number of delivered events of each receiver, in ascending order."""
    cursors = NotificationCursors(store.layout)
    found = [cursors.read(name) for name in cursors.names()]
    return sorted(cursor.delivered for cursor in found if cursor is not None)


def test_a_dead_receiver_delays_no_other_and_a_restart_repeats_nothing(
    store: ModelStore, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with webhook_receiver() as alive, webhook_receiver(lambda _received: (503, {})) as dead:
        variables = environment(store, dead.url, alive.url)
        with notifier(variables, log):
            wait_for(lambda: has_begun(store, 2), "both cursors")
            for _ in range(3):
                decide(store, toy_candidate().publish(store))
            # A notifier that ends before it notes a delivery repeats it.
            wait_for(lambda: counts_delivered(store) == [0, 3], "three events, and their cursor")
            wait_for(lambda: dead.requests, "an attempt")
        with notifier(variables, log):
            decide(store, toy_candidate().publish(store))
            wait_for(lambda: len(alive.requests) == 4, "one more event")
            wait_for(lambda: len(dead.requests) > 1, "another attempt")
    assert [each.payload["data"]["decision"] for each in alive.requests] == [1, 2, 3, 4]
    assert len(set(dead.ids)) == 1
    text = log.read_text()
    assert "it answered 503 Service Unavailable" in text
    assert "secret-path" not in text


def test_a_receiver_that_is_removed_loses_its_cursor(store: ModelStore, tmp_path: Path) -> None:
    with webhook_receiver() as one, webhook_receiver() as other:
        with notifier(environment(store, one.url, other.url), tmp_path / "log"):
            wait_for(lambda: has_begun(store, 2), "both cursors")
        with notifier(environment(store, one.url), tmp_path / "log"):
            wait_for(lambda: has_begun(store, 1), "one cursor")


def test_a_second_notifier_waits_for_the_first(store: ModelStore, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with (
        webhook_receiver() as found,
        webhook_receiver() as other,
        notifier(environment(store, found.url), first),
    ):
        wait_for(lambda: has_begun(store, 1), "a cursor")
        (name,) = NotificationCursors(store.layout).names()
        with notifier(environment(store, other.url), second):
            wait_for(lambda: "Another notifier" in second.read_text(), "the second to wait")
            decide(store, toy_candidate().publish(store))
            wait_for(lambda: has_delivered(store, name), "an event")
            assert has_notifier(store.layout.root)
        # The second one was stopped while it waited, so it changed nothing.
        assert NotificationCursors(store.layout).names() == [name]
    assert (len(found.requests), other.requests) == (1, [])
    assert not has_notifier(store.layout.root)


def run_here(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], *arguments: str) -> int:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return main(arguments)


def test_a_test_event_shows_the_answer_of_each_receiver(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with webhook_receiver() as good, webhook_receiver(lambda _received: (410, {})) as bad:
        status = run_here(monkeypatch, environment(store, good.url, bad.url), "--test")
    assert status == 1
    shown = capsys.readouterr()
    first, second = shown.out.splitlines()
    assert first.endswith(": delivered, it answered 204")
    assert second.endswith(": it answered 410 Gone")
    assert good.types == bad.types == ["custom_test"]
    assert "secret-path" not in shown.out + shown.err


@pytest.mark.parametrize(
    ("variables", "arguments", "status", "says"),
    [
        ({}, [], 0, "GATEKEEPER_WEBHOOKS is not set, so no webhook is sent."),
        ({}, ["--test"], 1, "GATEKEEPER_WEBHOOKS is not set, so no webhook is sent."),
        ({"GATEKEEPER_WEBHOOKS": "hooks.example.com"}, [], 1, "Address 1 of GATEKEEPER_WEBHOOKS"),
        (
            {"GATEKEEPER_WEBHOOKS": "https://example.com", "GATEKEEPER_WEBHOOK_SECRET_FILE": "no"},
            [],
            1,
            "The file of GATEKEEPER_WEBHOOK_SECRET_FILE no cannot be read",
        ),
    ],
)
def test_a_start_without_receivers_or_with_wrong_settings_says_why(
    variables: dict[str, str],
    arguments: list[str],
    status: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_here(monkeypatch, variables, *arguments) == status
    assert says in capsys.readouterr().err
