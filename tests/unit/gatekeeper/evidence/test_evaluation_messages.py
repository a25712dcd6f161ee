"""Messages between the gatekeeper and the scoring process survive encoding."""

import json
import math
from pathlib import Path

import pytest

from gatekeeper.evidence.child_messages import decode_result, encode_message
from gatekeeper.evidence.evaluation_messages import (
    MAX_MESSAGE,
    MAX_RESULT_BYTES,
    Opset,
    ScoringRequest,
    ScoringResult,
    ServingCost,
    ServingProfile,
)
from shared.contract.documents import NPZ_MEDIA_TYPE, Descriptor
from shared.contract.layout import HOLDOUT
from shared.errors import DocumentError

COST = ServingCost(load_seconds=0.25, p95_ms=0.02, calls=180, memory_mib=12.5)
OPSET = Opset(domain="ai.onnx", version=99, newest=28)


def answer_with_cost(**changes: object) -> bytes:
    cost = COST.model_dump() | changes
    return json.dumps({"score": 1.0, "errors": {}, "serving": {"cost": cost}}).encode() + b"\n"


@pytest.mark.parametrize(
    "evaluation",
    [
        ScoringResult(0.97),
        ScoringResult(-1e-300),
        ScoringResult(math.inf),
        ScoringResult(-math.inf),
        ScoringResult(None, {"golden-rows-reproduced": 'It said "no"\nand broke, é, twice.'}),
        ScoringResult(0.5, {"golden-rows-reproduced": "golden rows differ"}),
        ScoringResult(None, serving=ServingProfile(opsets=(OPSET,))),
        ScoringResult(0.5, serving=ServingProfile(cost=COST)),
        ScoringResult(
            0.5, serving=ServingProfile(cost=COST.model_copy(update={"memory_mib": None}))
        ),
    ],
)
def test_a_result_survives_encoding(evaluation: ScoringResult) -> None:
    line = encode_message(evaluation)
    assert line.count(b"\n") == 1
    assert decode_result(ScoringResult, line) == evaluation


def test_a_result_without_a_serving_profile_is_valid() -> None:
    assert decode_result(ScoringResult, b'{"score": 0.5, "errors": {}}\n') == ScoringResult(0.5)


def test_a_score_of_nan_survives_encoding() -> None:
    score = decode_result(ScoringResult, encode_message(ScoringResult(math.nan))).score
    assert score is not None
    assert math.isnan(score)


def test_long_messages_are_cut_so_that_the_line_fits() -> None:
    line = encode_message(
        ScoringResult(
            None, {"golden-rows-reproduced": "x" * 10**6, "score-reproduced": "é" * 10**6}
        )
    )
    assert len(line) < MAX_RESULT_BYTES
    assert len(decode_result(ScoringResult, line).errors["golden-rows-reproduced"]) == MAX_MESSAGE


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"Segmentation fault\n",
        b"[]\n",
        b"{}\n",
        b'{"score": NaN, "errors": {}}\n',
        b'{"score": 1e999, "errors": {}}\n',
        b'{"score": true, "errors": {}}\n',
        b'{"score": "good", "errors": {}}\n',
        b'{"score": 1.0, "errors": []}\n',
        b'{"score": 1.0, "errors": {"a": 1}}\n',
        b'{"score": 0.1, "score": 1.0, "errors": {}}\n',
        answer_with_cost(load_seconds=-1.0),
        answer_with_cost(p95_ms="fast"),
        answer_with_cost(p95_ms=1e13),
        answer_with_cost(calls=0),
        answer_with_cost(calls=None),
        b'{"score": 1.0, "errors": {}, "serving": {"opsets": [{"domain": "x", "version": 1}]}}\n',
        b'{"score": 1.0, "errors": {}, "serving": null}\n',
        b"[" * 10000 + b"\n",
    ],
)
def test_a_malformed_result_is_refused(line: bytes) -> None:
    with pytest.raises(DocumentError):
        decode_result(ScoringResult, line)


def test_a_request_survives_encoding() -> None:
    job = ScoringRequest(
        model_directory=Path("/store/models/.staging-1"),
        digest="sha256:" + "0" * 64,
        holdout_directory=Path("/store/candidates/x"),
        holdout=Descriptor.describe(HOLDOUT, NPZ_MEDIA_TYPE, b"rows"),
        schema_directory=Path("/store/models/.staging-1"),
        schema_digest="sha256:" + "0" * 64,
        metric="f1",
        allow_joblib=False,
        seconds=30.0,
        memory_mib=4096,
    )
    assert ScoringRequest.model_validate_json(encode_message(job)) == job
