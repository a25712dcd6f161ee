"""The poll thread survives every error, logs it once, and stops at once."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from gatekeeper.background.poll import Reconciler
from gatekeeper.background.poll_thread import PollThread
from shared.errors import EvaluationUnavailableError
from tests.support.processes.wait_until import wait_for


class Patient(Reconciler):
    """Does what the test says at each look."""

    def __init__(self) -> None:
        self.looks = 0
        self.is_closed = False
        self.error: Exception | None = None
        self.decide: Callable[[], str | None] = lambda: None

    def sync(self) -> None:
        self.looks += 1
        if self.error:
            raise self.error

    def decide_pending(self) -> str | None:
        return self.decide()

    def look_at_production(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def patient() -> Patient:
    return Patient()


@pytest.fixture
def stopping() -> threading.Event:
    return threading.Event()


@pytest.fixture
def poll_thread(patient: Patient, stopping: threading.Event) -> Iterator[PollThread]:
    poll_thread = PollThread(patient, 0.001, stopping)
    yield poll_thread
    poll_thread.stop()


def look_again(patient: Patient) -> None:
    seen = patient.looks
    wait_for(lambda: patient.looks > seen + 1, "another poll")


def test_the_poll_thread_is_ready_after_the_first_poll(
    poll_thread: PollThread, patient: Patient
) -> None:
    assert poll_thread.last_error is not None
    poll_thread.start()
    wait_for(lambda: poll_thread.last_error is None, "the first poll")
    look_again(patient)


@pytest.mark.parametrize(
    "error",
    [
        EvaluationUnavailableError("No process can be started."),
        OSError(28, "No space left on device"),
        ValueError("a defect"),
    ],
)
def test_an_error_is_reported_while_it_lasts(
    poll_thread: PollThread, patient: Patient, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    patient.error = error
    poll_thread.start()
    look_again(patient)
    assert str(error) in str(poll_thread.last_error)
    patient.error = None
    wait_for(lambda: poll_thread.last_error is None, "the error to end")
    wait_for(lambda: "decided again" in caplog.text, "the recovery to be logged")
    assert caplog.text.count("Candidates cannot be decided now") == 1, "logged once"


def test_deciding_for_long_is_not_an_error(poll_thread: PollThread, patient: Patient) -> None:
    go_on = threading.Event()

    def decide_for_long() -> None:
        go_on.wait()

    patient.decide = decide_for_long
    poll_thread.start()
    wait_for(lambda: patient.looks and poll_thread.last_error is None, "readiness while it decides")
    go_on.set()


def test_a_candidate_that_cannot_be_decided_is_reported_while_it_lasts(
    poll_thread: PollThread, patient: Patient
) -> None:
    patient.decide = lambda: "Candidate x cannot be decided."
    poll_thread.start()
    look_again(patient)
    assert poll_thread.last_error == "Candidate x cannot be decided."
    patient.decide = lambda: None
    wait_for(lambda: poll_thread.last_error is None, "the candidate to be decided")


def test_stop_ends_the_thread_and_closes_the_reconciler(
    poll_thread: PollThread, patient: Patient
) -> None:
    poll_thread.start()
    look_again(patient)
    poll_thread.stop()
    assert patient.is_closed
    assert "does not run" in str(poll_thread.last_error)


def test_the_wait_doubles_up_to_five_seconds(patient: Patient) -> None:
    poll_thread = PollThread(patient, 0.25, threading.Event())
    waits = []
    for _ in range(2000):
        waits.append(poll_thread._wait_seconds())
        poll_thread._note_failure("full disk")
    assert waits[:4] == [0.25, 0.5, 1.0, 2.0]
    assert waits[-1] == 5.0
