"""A reference that no reader would accept is left out, with a line that says why."""

from io import StringIO

import pytest

from shared.contract.layout import ONNX_MODEL
from shared.inference.onnx_servable import OnnxServable
from shared.live.reference import Reference
from tests.support.models.toy import toy_model, toy_rows
from trainer.console import Console
from trainer.export.export import ExportedCandidate
from trainer.publishing import reference_file
from trainer.publishing.reference_file import encode_reference

MODEL = toy_model()
SERVABLE = OnnxServable(MODEL.files[ONNX_MODEL], MODEL.artefact)
ANSWERS = SERVABLE.predict(toy_rows(7))
EXPORTED = ExportedCandidate(MODEL.artefact, {}, None, ANSWERS, ANSWERS, SERVABLE)


def test_the_reference_counts_training_rows_and_validation_predictions() -> None:
    data = encode_reference(EXPORTED, toy_rows(10), Console(StringIO()))
    assert data is not None
    reference = Reference.decode(data, "reference.json")
    assert reference.rows == 10
    assert sum(reference.predictions.counts) == sum(reference.probabilities) == 7


def test_a_reference_that_is_too_large_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_file, "MAX_REFERENCE_BYTES", 100)
    said = StringIO()
    assert encode_reference(EXPORTED, toy_rows(10), Console(said)) is None
    assert "The model gets no reference.json" in said.getvalue()
    assert "TRAINER_DROP" in said.getvalue()
