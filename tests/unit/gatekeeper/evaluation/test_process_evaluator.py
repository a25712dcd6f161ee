"""Evaluations are timed when they have a result, and report the rows that are predicted."""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evaluation.step_progress import StepProgress
from gatekeeper.sandbox.scorer import score_model
from shared.errors import EvaluationUnavailableError
from tests.integration.bad_candidates.test_sandboxed_models import job_for
from tests.integration.bad_candidates.toy_evaluator import TOY, toy_job
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

SECONDS = list[float]()
"""The times of all evaluations of this module."""


@pytest.fixture(scope="module")
def evaluator() -> Iterator[ProcessEvaluator]:
    """Start processes once: importing what scores models takes a second."""
    with closing(ProcessEvaluator(threading.Event(), TOY, TOY, SECONDS.append)) as started:
        yield started


def test_only_evaluations_with_a_result_are_timed(evaluator: ProcessEvaluator) -> None:
    before = len(SECONDS)
    evaluator.evaluate([toy_job("answer")])
    assert len(SECONDS) == before + 1
    assert SECONDS[-1] > 0
    with pytest.raises(EvaluationUnavailableError):
        evaluator.evaluate([toy_job("die early")])
    assert len(SECONDS) == before + 1


def test_a_child_reports_the_rows_before_its_result(
    evaluator: ProcessEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list[tuple[int, int]]()
    monkeypatch.setattr(
        StepProgress, "observe", lambda _self, done, total: found.append((done, total))
    )
    (result,) = evaluator.evaluate([toy_job("count rows")])
    assert (result.score, found) == (0.5, [(done, 9) for done in range(9)])
    (endless,) = evaluator.evaluate([toy_job("count without end", seconds=0.5)])
    assert [*endless.errors.values()] == [
        "The model did not finish within 0.5 s. See GATEKEEPER_EVALUATION_SECONDS."
    ]


def test_each_step_has_a_line_in_the_log_also_if_it_fails(
    evaluator: ProcessEvaluator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    for mood in ("answer", "count without end"):
        evaluator.evaluate([toy_job(mood, seconds=0.5)])
    lines = [line for line in caplog.messages if line.startswith("Scoring model ")]
    assert len(lines) == 2
    assert all(re.fullmatch(r"Scoring model .* took \d+\.\d s\.", line) for line in lines)


def test_a_model_reports_its_rows_between_two_batches(tmp_path: Path) -> None:
    found = list[tuple[int, int]]()
    job = job_for(tmp_path / "job", toy_model(), toy_candidate(rows=10_000, correct=9000))
    result = score_model(job, lambda done, total: found.append((done, total)))
    assert result.score == 0.9
    assert found == [(4096, 10_000), (8192, 10_000)]
