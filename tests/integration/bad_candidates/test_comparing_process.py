"""The comparing process scores the predictions of two models, and reports why it cannot."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.comparison_messages import ComparisonRequest, ComparisonResult, Slicing
from gatekeeper.sandbox.comparer import compare
from shared.contract.layout import HOLDOUT
from shared.errors import EvaluationUnavailableError
from tests.integration.bad_candidates.toy_evaluator import toy_evaluator
from tests.support.stores.builders import toy_candidate

ROWS = 200

TINY = re.compile(r"\b\d\.\d+e-1[4-9]\b")
"""A number that is 0 apart from rounding."""


@pytest.fixture
def question(tmp_path: Path) -> ComparisonRequest:
    """Return correct predictions of both models; the champion is less certain."""
    candidate = toy_candidate(rows=ROWS, correct=ROWS)
    for name, data in candidate.files.items():
        (tmp_path / name).write_bytes(data)
    large = np.arange(ROWS) >= ROWS // 2
    for name, certainty in (("challenger", 0.9), ("champion", 0.6)):
        second = np.where(large, certainty, 1 - certainty)
        np.stack((large, 1 - second, second), axis=1).astype("<f8").tofile(tmp_path / name)
    return ComparisonRequest(
        holdout_directory=tmp_path,
        holdout=candidate.manifest.file(HOLDOUT),
        schema_directory=tmp_path,
        schema_digest=candidate.manifest.digest,
        metric="neg_log_loss",
        challenger=tmp_path / "challenger",
        champion=tmp_path / "champion",
        required=0.0,
        confidence=0.9,
        slicing=Slicing(),
        seconds=30.0,
        memory_mib=512,
    )


@pytest.fixture(scope="module")
def evaluator() -> Iterator[ProcessEvaluator]:
    with closing(ProcessEvaluator(threading.Event())) as evaluator:
        yield evaluator


def ask(
    evaluator: ProcessEvaluator, question: ComparisonRequest, **changes: object
) -> ComparisonResult:
    """Compare in a new process."""
    return evaluator.compare(question.model_copy(update=changes))


def test_both_models_and_their_difference_are_scored(
    evaluator: ProcessEvaluator, question: ComparisonRequest
) -> None:
    found = ask(evaluator, question)
    assert found.challenger is not None
    assert found.compared is not None
    assert found.challenger.score == found.compared.challenger == pytest.approx(np.log(0.9))
    assert found.compared.champion == pytest.approx(np.log(0.6))
    assert found.difference is not None
    assert found.difference.difference == pytest.approx(np.log(0.9 / 0.6))
    assert (found.difference.confidence, found.difference.probability) == (0.9, 1.0)
    # Threads may add numbers in another order, so that a spread of 0 is rounded to another one.
    texts = [TINY.sub("0", each.model_dump_json()) for each in (found, compare(question))]
    assert texts[0] == texts[1], "the same files give the same numbers"


def test_without_a_champion_only_the_challenger_is_scored(question: ComparisonRequest) -> None:
    found = compare(question.model_copy(update={"champion": None}))
    assert found.challenger is not None
    assert (found.compared, found.difference, found.error) == (None, None, "")


def test_forged_predictions_make_the_comparison_fail(question: ComparisonRequest) -> None:
    Path(str(question.champion)).write_bytes(b"forged")
    assert "cannot be read" in compare(question).error
    np.full((ROWS, 3), 7.0).tofile(question.challenger)
    assert "outside the 2 classes" in compare(question).error


def test_a_comparison_that_does_not_end_fails(question: ComparisonRequest) -> None:
    with closing(toy_evaluator()) as evaluator:
        found = ask(evaluator, question, metric="say nothing", seconds=0.2)
    assert found.difference is None
    assert "within 0.2 s" in found.error


def test_a_comparing_process_that_does_not_start_is_not_a_verdict(
    question: ComparisonRequest,
) -> None:
    missing = "tests.no_such_module"
    with (
        closing(ProcessEvaluator(threading.Event(), missing, missing)) as evaluator,
        pytest.raises(EvaluationUnavailableError, match="no_such_module"),
    ):
        evaluator.compare(question)
