"""A scoring process that crashes or hangs after it began fails its model.

A failure before the model is reached decides nothing.
"""

import itertools
import os
import signal
import threading
from pathlib import Path

import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.evaluation_messages import ScoringRequest, ScoringResult
from shared.contract.documents import NPZ_MEDIA_TYPE, Descriptor
from shared.contract.layout import HOLDOUT
from shared.errors import EvaluationUnavailableError
from tests.integration.bad_candidates.test_sandboxed_models import running
from tests.support.processes.wait_until import wait_for

TOY = "tests.integration.bad_candidates.toy_child"


def toy_job(behaviour: str, seconds: float = 60.0) -> ScoringRequest:
    """Return a request to `tests.integration.bad_candidates.toy_child`."""
    return ScoringRequest(
        model_directory=Path(),
        digest="",
        holdout_directory=Path(),
        holdout=Descriptor.describe(HOLDOUT, NPZ_MEDIA_TYPE, b""),
        schema_directory=Path(),
        schema_digest="",
        metric=behaviour,
        allow_joblib=False,
        seconds=seconds,
        memory_mib=512,
    )


def ask_toy(behaviour: str, seconds: float = 60.0) -> ScoringResult:
    evaluator = ProcessEvaluator(threading.Event(), spares=0, module=TOY)
    (evaluation,) = evaluator.evaluate([toy_job(behaviour, seconds)])
    return evaluation


def test_a_result_is_returned() -> None:
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
    behaviour: str, reason: str
) -> None:
    evaluation = ask_toy(behaviour)
    assert evaluation.score is None
    assert reason in evaluation.errors["golden-rows-reproduced"]


def test_a_model_that_takes_too_long_has_failed() -> None:
    reason = ask_toy("say nothing", seconds=0.2).errors["golden-rows-reproduced"]
    assert "within 0.2 s" in reason
    assert "GATEKEEPER_EVALUATION_SECONDS" in reason


def test_output_on_standard_error_is_ignored() -> None:
    assert ask_toy("complain") == ScoringResult(0.5)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("die early", "No module named onnxruntime"), ("babble early", "it printed nothing")],
)
def test_a_process_that_fails_before_the_model_is_not_a_verdict(
    behaviour: str, reason: str
) -> None:
    with pytest.raises(EvaluationUnavailableError, match=reason):
        ask_toy(behaviour)


def test_a_process_that_cannot_be_started_is_not_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(EvaluationUnavailableError, match="cannot be started"):
        ask_toy("answer")


def test_time_while_the_gatekeeper_is_frozen_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hours = itertools.count(step=3600.0)
    monkeypatch.setattr("gatekeeper.evaluation.child_process.time.monotonic", lambda: next(hours))
    assert ask_toy("answer", seconds=5.0) == ScoringResult(0.5)


def test_stopping_ends_an_evaluation_without_a_verdict() -> None:
    stopping = threading.Event()
    evaluator = ProcessEvaluator(stopping, spares=0, module=TOY)
    asked: list[str] = []

    def evaluate() -> None:
        try:
            evaluator.evaluate([toy_job("say nothing")])
        except EvaluationUnavailableError as error:
            asked.append(str(error))

    thread = threading.Thread(target=evaluate)
    thread.start()
    wait_for(lambda: children_running(TOY), "the process")
    stopping.set()
    thread.join()
    assert asked == ["The gatekeeper is stopping."]
    assert not children_running(TOY)


def has_ended(child: int) -> bool:
    """Return whether the child ended with all of its threads, not only the first."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, child, options) is not None


def test_spare_processes_are_used_replaced_and_ended() -> None:
    evaluator = ProcessEvaluator(threading.Event(), spares=2, module=TOY)
    evaluator.prepare()
    evaluator.prepare()
    wait_for(lambda: len(children_running(TOY)) == 2, "both")  # their names come a moment later
    assert evaluator.evaluate([toy_job("answer")]) == [ScoringResult(0.5)]
    assert len(children_running(TOY)) == 1
    evaluator.prepare()
    wait_for(lambda: len(children_running(TOY)) == 2, "another one")
    killed = children_running(TOY)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: all(map(has_ended, killed)), "their end")
    evaluator.prepare()
    assert evaluator.evaluate([toy_job("answer")] * 2) == [ScoringResult(0.5)] * 2
    evaluator.prepare()
    evaluator.close()
    assert not children_running(TOY)


def children_running(word: str) -> list[int]:
    """List running children of this process with *word* in their command."""
    return [pid for pid, parent in running(word) if parent == os.getpid()]
