"""A large answer is encoded in pieces, with the same bytes as in one piece."""

import json
import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest

from predictor.codec import answer_pieces
from predictor.codec.answer_pieces import AnswerPieces, cut_rows
from predictor.codec.prediction_writer import PredictionWriter
from shared.contract.documents import Registry
from shared.errors import InputError
from shared.inference.servable import Predictions
from tests.support.models.toy import toy_model

REGISTRY = Registry(
    version=3,
    model_name="toy",
    metric="f1",
    metrics={"f1": 0.9},
    digest="sha256:" + "0" * 64,
    candidate_id="20260131T120000000000Z-0123abcd",
    decision=1,
    promoted_at=datetime(2026, 1, 1, tzinfo=UTC),
    files=(),
    previous_version=None,
)


def writer_of(classes: int) -> PredictionWriter:
    names = tuple(f"class % {number}" for number in range(classes))
    return PredictionWriter(toy_model().artefact.model_copy(update={"classes": names}), REGISTRY)


def predictions_of(rows: int, classes: int) -> Predictions:
    numbers = np.random.default_rng(0).random((rows, classes), dtype=np.float32)
    return Predictions(numbers.argmax(axis=1), numbers)


@pytest.mark.parametrize("ids", [None, True])
def test_the_pieces_are_the_answer(monkeypatch: pytest.MonkeyPatch, ids: bool | None) -> None:
    writer, predictions = writer_of(3), predictions_of(40_000, 3)
    named = [f"row {number}" for number in range(40_000)] if ids else None
    whole = writer.write(predictions, many=True, ids=named)
    content = json.loads(whole)
    assert list(content)[:3] == ["predictions", "labels", "probabilities"]
    assert content["predictions"] == predictions.values.tolist()
    assert len(content["probabilities"]) == 40_000
    assert content.get("ids") == named
    for kept in (1 << 30, 0):
        monkeypatch.setattr(answer_pieces, "_KEPT_BYTES", kept)
        pieces = writer.write_in_pieces(predictions, named)
        assert isinstance(pieces, AnswerPieces)
        assert pieces.size == len(whole)
        assert b"".join(pieces) == b"".join(pieces) == whole
        assert max(map(len, pieces)) < 2 * answer_pieces.PIECE_BYTES or ids


def test_a_small_answer_is_not_cut() -> None:
    assert isinstance(writer_of(3).write_in_pieces(predictions_of(10, 3)), bytes)


def test_a_large_answer_never_exists_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    writer, predictions = writer_of(100), predictions_of(5_000, 100)
    monkeypatch.setattr(answer_pieces, "_KEPT_BYTES", 2 << 20)
    tracemalloc.start()
    try:
        pieces = writer.write_in_pieces(predictions)
        assert isinstance(pieces, AnswerPieces)
        sizes = sum(map(len, pieces))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sizes == pieces.size > 5 << 20
    assert peak < 3 << 20
    assert pieces.held == predictions.values.nbytes + 5_000 * 100 * 4


def test_a_number_that_is_not_finite_is_refused_before_the_first_piece() -> None:
    predictions = predictions_of(10_000, 3)
    assert predictions.probabilities is not None
    predictions.probabilities[9_999, 1] = np.nan
    with pytest.raises(InputError, match=r"instances\[9999\]"):
        writer_of(3).write_in_pieces(predictions)


def test_rows_of_any_size_are_cut() -> None:
    assert [*cut_rows(0, 1)] == []
    assert [*cut_rows(1, 1 << 30)] == [slice(0, 1)]
    assert [*cut_rows(3, 1 << 15)] == [slice(0, 2), slice(2, 3)]
