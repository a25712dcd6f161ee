"""Rows of the prediction log with the answers that a model really gives."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from shared.contract.layout import ONNX_MODEL
from shared.inference.logged_rows import encode_logged_rows
from shared.inference.missing_values import list_features
from shared.inference.onnx_servable import OnnxServable
from shared.prediction_log.logged_row import LoggedAnswer, LoggedRow, Value
from tests.support.models.toy import ToyModel

NOW = datetime.now(UTC)


def answered_rows(
    model: ToyModel, rows: Sequence[Mapping[str, Value]], *, version: int = 1, first: int = 0
) -> list[LoggedRow]:
    """Return *rows* as a predictor logs them that serves *model* as *version*.

    Their ids count from `row-<first>`. Each row is a second newer than the one before it.
    """
    artefact = model.artefact
    encoded = encode_logged_rows(rows, list_features(artefact))
    assert encoded.is_whole.all(), encoded.unusable
    found = OnnxServable(model.files[ONNX_MODEL], artefact).predict(encoded.rows)
    logged = []
    for index, (row, value) in enumerate(zip(rows, found.values.tolist(), strict=True)):
        answer = LoggedAnswer(prediction=value)
        if artefact.task == "classification":
            numbers = None if found.probabilities is None else found.probabilities[index].tolist()
            probabilities = numbers and dict(zip(artefact.classes, numbers, strict=True))
            answer = LoggedAnswer(value, artefact.classes[value], probabilities)
        time = NOW - timedelta(hours=1) + timedelta(seconds=index)
        logged.append(LoggedRow(f"row-{first + index}", time, version, dict(row), answer))
    return logged
