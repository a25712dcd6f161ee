"""A scoring process that crashes or hangs after it began fails its model.

A failure before the model is reached decides nothing.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.evaluation_messages import ScoringResult
from shared.errors import EvaluationUnavailableError
from tests.integration.bad_candidates.toy_evaluator import (
    toy_children,
    toy_evaluator,
    toy_job,
    toy_servers,
)
from tests.support.processes.wait_until import wait_for

Ask = Callable[..., ScoringResult]


@pytest.fixture(scope="module")
def shared_evaluator() -> Iterator[ProcessEvaluator]:
    with closing(toy_evaluator()) as evaluator:
        yield evaluator


@pytest.fixture
def ask_toy(shared_evaluator: ProcessEvaluator) -> Ask:
    def ask(behaviour: str, seconds: float = 60.0) -> ScoringResult:
        (evaluation,) = shared_evaluator.evaluate([toy_job(behaviour, seconds)])
        return evaluation

    return ask


def test_a_result_is_returned(ask_toy: Ask) -> None:
    assert ask_toy("answer") == ScoringResult(0.5)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("die", "The child process ended with status 3"),
        ("crash", "The child process was ended by SIGSEGV"),
        ("be killed", "SIGKILL. Most likely the model used too much memory"),
        ("speak without end", "longer than 65536 bytes"),
        ("speak nonsense", "not strict JSON"),
    ],
)
def test_a_model_that_keeps_its_process_from_answering_has_failed(
    behaviour: str, reason: str, ask_toy: Ask
) -> None:
    evaluation = ask_toy(behaviour)
    assert evaluation.score is None
    assert reason in evaluation.errors["golden-rows-reproduced"]


def test_a_model_that_takes_too_long_has_failed(ask_toy: Ask) -> None:
    reason = ask_toy("say nothing", seconds=0.2).errors["golden-rows-reproduced"]
    assert "within 0.2 s" in reason
    assert "GATEKEEPER_EVALUATION_SECONDS" in reason


def test_output_on_standard_error_is_ignored(ask_toy: Ask) -> None:
    assert ask_toy("complain") == ScoringResult(0.5)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("die early", "No module named onnxruntime"), ("babble early", "it printed nothing")],
)
def test_a_process_that_fails_before_the_model_is_not_a_verdict(
    behaviour: str, reason: str, ask_toy: Ask
) -> None:
    with pytest.raises(EvaluationUnavailableError, match=reason):
        ask_toy(behaviour)


def test_a_server_that_cannot_be_started_is_not_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(EvaluationUnavailableError, match="cannot be started"):
        toy_evaluator().evaluate([toy_job("answer")])


def test_time_while_the_gatekeeper_is_frozen_does_not_count(
    monkeypatch: pytest.MonkeyPatch, ask_toy: Ask
) -> None:
    hours = itertools.count(step=3600.0)
    monkeypatch.setattr("gatekeeper.evaluation.child_process.time.monotonic", lambda: next(hours))
    assert ask_toy("answer", seconds=5.0) == ScoringResult(0.5)


def test_stopping_ends_an_evaluation_without_a_verdict() -> None:
    stopping = threading.Event()
    asked: list[str] = []
    others = toy_servers()

    def evaluate() -> None:
        with closing(toy_evaluator(stopping)) as evaluator:
            try:
                evaluator.evaluate([toy_job("say nothing")])
            except EvaluationUnavailableError as error:
                asked.append(str(error))
                # One that had not begun yet ends by itself, because its pipes are closed.
                wait_for(lambda: not toy_children(), "the end of the process")

    thread = threading.Thread(target=evaluate)
    thread.start()
    wait_for(toy_children, "the process")
    stopping.set()
    thread.join()
    assert asked == ["The gatekeeper is stopping."]
    assert toy_servers() == others
