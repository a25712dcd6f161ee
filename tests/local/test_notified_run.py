"""`make run` with webhooks: the notifier runs beside the services, and is started again."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from standardwebhooks import Webhook

from shared.following.notification_cursor import NotificationCursors
from tests.stacks.local_stack import LocalStack
from tests.stacks.stack import running
from tests.support.http.webhook_receiver import webhook_receiver
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.thorough

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of this test


def notifier_of(stack: LocalStack) -> int | None:
    """Return the process id of the notifier that the manager has started."""
    for process in psutil.Process(stack.manager.pid).children(recursive=True):
        try:
            if "gatekeeper.notify" in process.cmdline():
                return process.pid
        except psutil.NoSuchProcess:
            continue
    return None


def count_delivered(stack: LocalStack) -> int:
    """Return the number of events that the only receiver has got, by its cursor."""
    cursors = NotificationCursors(stack.store.layout)
    found = [cursors.read(name) for name in cursors.names()]
    return sum(cursor.delivered for cursor in found if cursor is not None)


def test_a_decision_is_sent_also_after_a_kill_of_the_notifier(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    with webhook_receiver() as receiver:
        variables = {"GATEKEEPER_WEBHOOKS": receiver.url, "GATEKEEPER_WEBHOOK_SECRET_FILE": secret}
        with running(LocalStack(tmp_path / "stack", {}, **variables)) as stack:
            wait_for(lambda: receiver.types == ["custom_model.promoted"], "the first promotion")
            # A notifier that ends before it notes a delivery repeats it.
            wait_for(lambda: count_delivered(stack) == 1, "its cursor")
            killed = wait_for(lambda: notifier_of(stack), "the notifier")
            os.kill(killed, signal.SIGKILL)
            refused = stack.make("retrain", TRAINER_CANDIDATES="examples.weak:CANDIDATES")
            assert refused.returncode == 0, refused
            wait_for(lambda: len(receiver.requests) == 2, "the refusal")
            assert "delivered, it answered 204" in stack.make("notify-test").stdout
            assert notifier_of(stack) not in {None, killed}
            assert "secret-path" not in stack.output()
            run_file = Path(stack.environment["STORE_DIR"]) / "run.pid"
            assert run_file.stat().st_mode & 0o077 == 0, "it has the addresses"
    assert receiver.types == ["custom_model.promoted", "custom_model.refused", "custom_test"]
    for request in receiver.requests:
        Webhook(SECRET).verify(request.body, request.headers)
