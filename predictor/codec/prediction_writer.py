"""Predictions to answers: the bodies that clients read."""

import msgspec
import numpy as np

from shared.contract.documents import Artefact, Registry
from shared.errors import InputError, ServableError
from shared.inference.servable import Predictions

_ENCODER = msgspec.json.Encoder()
_UNFINITE = _ENCODER.encode(float("nan"))
"""What it writes for every number that is none."""


class PredictionWriter:
    """Writes the answers of one model under one registry version."""

    def __init__(self, artefact: Artefact, registry: Registry) -> None:
        self._is_classifier = artefact.task == "classification"
        self._classes = artefact.classes
        self._origin = {
            "model_name": registry.model_name,
            "model_version": registry.version,
        }
        self._templates = self._make_templates(artefact.has_probabilities)

    def write(self, predictions: Predictions, *, many: bool) -> bytes:
        """One row's answer, or with *many* the answer for all rows.

        Raises InputError where the model finds no finite answer, ServableError for a class
        that the model does not have.
        """
        _refuse_unfinite(predictions, many=many)
        if many:
            return _ENCODER.encode(self._many(predictions) | self._origin)
        (content,) = self.write_each(predictions)
        assert content is not None  # noqa: S101 - it is finite
        return content

    def write_each(self, predictions: Predictions) -> list[bytes | None]:
        """One answer for each row; None where the model finds no finite one.

        Raises ServableError for a class that the model does not have.
        """
        templates = self._templates
        if not self._is_classifier:
            numbers = _ENCODER.encode(predictions.values.tolist())[1:-1].split(b",")
            return [None if n == _UNFINITE else templates[0] % n for n in numbers]
        values = predictions.values.tolist()
        self._check(values)
        if predictions.probabilities is None:
            return [templates[value] % () for value in values]
        rows = _ENCODER.encode(predictions.probabilities.tolist())[2:-2].split(b"],[")
        return [
            None if _UNFINITE in row else templates[value] % tuple(row.split(b","))
            for value, row in zip(values, rows, strict=True)
        ]

    def _make_templates(self, has_probabilities: bool) -> list[bytes]:
        """An answer for each class, or the only one, with %b where a row's numbers go."""
        end = _ENCODER.encode(self._origin)[1:].replace(b"%", b"%%")
        if not self._is_classifier:
            return [b'{"prediction":%b,' + end]
        names = [_ENCODER.encode(name).replace(b"%", b"%%") for name in self._classes]
        if has_probabilities:
            places = b",".join(name + b":%b" for name in names)
            end = b'"probabilities":{' + places + b"}," + end
        return [
            b'{"prediction":%d,"label":' % number + name + b"," + end
            for number, name in enumerate(names)
        ]

    def _many(self, predictions: Predictions) -> dict[str, object]:
        values = predictions.values.tolist()
        content: dict[str, object] = {"predictions": values}
        if self._is_classifier:
            self._check(values)
            content["labels"] = [self._classes[value] for value in values]
            if predictions.probabilities is not None:
                content["probabilities"] = predictions.probabilities.tolist()
            content["classes"] = self._classes
        return content

    def _check(self, values: list[int]) -> None:
        for value in (min(values), max(values)):
            if not 0 <= value < len(self._classes):
                raise ServableError(f"The model answered class {value} of {len(self._classes)}.")


def _refuse_unfinite(predictions: Predictions, *, many: bool) -> None:
    """A row far outside of what a model was made for may overflow inside of it."""
    fine = np.isfinite(predictions.values)
    if predictions.probabilities is not None:
        fine &= np.isfinite(predictions.probabilities).all(axis=1)
    if not fine.all():
        place = f"instances[{int(np.argmin(fine))}]" if many else "features"
        raise InputError(
            "no_finite_answer",
            f"The model finds no finite answer for {place}: "
            "its numbers are probably far outside of what the model was trained on.",
            place,
        )
