"""Evaluations are timed when they have a result."""

import threading
from pathlib import Path

import pytest

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.evaluation_messages import ScoringRequest
from shared.contract.documents import NPZ_MEDIA_TYPE, Descriptor
from shared.contract.layout import HOLDOUT
from shared.errors import EvaluationUnavailableError


def request(behaviour: str) -> ScoringRequest:
    """Create a request for `tests.integration.bad_candidates.toy_child`."""
    return ScoringRequest(
        model_directory=Path(),
        digest="",
        holdout_directory=Path(),
        holdout=Descriptor.describe(HOLDOUT, NPZ_MEDIA_TYPE, b""),
        schema_directory=Path(),
        schema_digest="",
        metric=behaviour,
        allow_joblib=False,
        seconds=60.0,
        memory_mib=512,
    )


def test_only_evaluations_with_a_result_are_timed() -> None:
    seconds = list[float]()
    evaluator = ProcessEvaluator(
        threading.Event(),
        spares=0,
        module="tests.integration.bad_candidates.toy_child",
        observe_seconds=seconds.append,
    )
    evaluator.evaluate([request("answer")])
    assert len(seconds) == 1
    assert seconds[0] > 0
    with pytest.raises(EvaluationUnavailableError):
        evaluator.evaluate([request("die early")])
    assert len(seconds) == 1
