"""Predictions to answers: the bodies that clients read."""

import msgspec
import numpy as np

from shared.documents import Artefact, Registry
from shared.errors import InputError, ServableError
from shared.servable import Predictions

_ENCODER = msgspec.json.Encoder()


class AnswerWriter:
    """Writes the answers of one model under one registry version."""

    def __init__(self, artefact: Artefact, registry: Registry) -> None:
        self._is_classifier = artefact.task == "classification"
        self._classes = artefact.classes
        self._origin = {
            "model_name": registry.model_name,
            "model_version": registry.version,
        }

    def write(self, predictions: Predictions, *, many: bool) -> bytes:
        """One row's answer, or with *many* the answer for all rows.

        Raises InputError where the model finds no finite answer, ServableError for a class
        that the model does not have.
        """
        _refuse_unfinite(predictions, many=many)
        content = self._many(predictions) if many else self._one(predictions)
        return _ENCODER.encode(content | self._origin)

    def _one(self, predictions: Predictions) -> dict[str, object]:
        value = predictions.values.tolist()[0]
        content: dict[str, object] = {"prediction": value}
        if self._is_classifier:
            content["label"] = self._label(value)
            if predictions.probabilities is not None:
                row = predictions.probabilities.tolist()[0]
                content["probabilities"] = dict(zip(self._classes, row, strict=True))
        return content

    def _many(self, predictions: Predictions) -> dict[str, object]:
        values = predictions.values.tolist()
        content: dict[str, object] = {"predictions": values}
        if self._is_classifier:
            content["labels"] = [self._label(value) for value in values]
            if predictions.probabilities is not None:
                content["probabilities"] = predictions.probabilities.tolist()
            content["classes"] = self._classes
        return content

    def _label(self, index: int) -> str:
        if not 0 <= index < len(self._classes):
            raise ServableError(f"The model answered class {index} of {len(self._classes)}.")
        return self._classes[index]


def _refuse_unfinite(predictions: Predictions, *, many: bool) -> None:
    """A row far outside of what a model was made for may overflow inside of it."""
    for found in (predictions.values, predictions.probabilities):
        if found is None or found.dtype.kind != "f" or np.isfinite(found).all():
            continue
        row = int(np.argwhere(~np.isfinite(found))[0][0])
        place = f"instances[{row}]" if many else "features"
        raise InputError(
            "no_finite_answer",
            f"The model finds no finite answer for {place}: "
            "its numbers are probably far outside of what the model was trained on.",
            place,
        )
