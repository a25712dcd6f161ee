"""Predictions as JSON: the bodies of successful replies."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from predictor.codec.request_ids import IDS
from shared.contract.documents import Artefact, Registry
from shared.errors import InputError, ServableError
from shared.inference.servable import Predictions

_ENCODER = msgspec.json.Encoder()
_NOT_FINITE = _ENCODER.encode(float("nan"))
"""The JSON that msgspec writes for NaN and infinity."""


class PredictionWriter:
    """Writes the predictions of one model under one registry version."""

    def __init__(self, artefact: Artefact, registry: Registry) -> None:
        self._is_classifier = artefact.task == "classification"
        self._classes = artefact.classes
        self._origin = {"model_name": registry.model_name, "model_version": registry.version}
        self._templates = self._make_templates(artefact.has_probabilities)

    def write(
        self, predictions: Predictions, *, many: bool, ids: Sequence[str] | None = None
    ) -> bytes:
        """Write the body for one row, or with *many* the body for all rows, with their *ids*.

        Raises InputError if a prediction is not finite, ServableError for a class that the
        model does not have.
        """
        require_finite(predictions, lambda row: f"instances[{row}]" if many else "features")
        if many:
            content = self._make_content(predictions) | self._origin
            return _ENCODER.encode(content if ids is None else content | {IDS: ids})
        (body,) = self.write_each(predictions)
        assert body is not None  # noqa: S101 - it is finite
        return body if ids is None else b'%b,"id":%b}' % (body[:-1], _ENCODER.encode(ids[0]))

    def write_each(self, predictions: Predictions) -> list[bytes | None]:
        """Write a body for each row; None if the row's prediction is not finite.

        Raises ServableError for a class that the model does not have.
        """
        templates = self._templates
        if not self._is_classifier:
            numbers = _ENCODER.encode(predictions.values.tolist())[1:-1].split(b",")
            return [None if n == _NOT_FINITE else templates[0] % n for n in numbers]
        values = predictions.values.tolist()
        require_known_classes(min(values), max(values), self._classes)
        if predictions.probabilities is None:
            return [templates[value] % () for value in values]
        rows = _ENCODER.encode(predictions.probabilities.tolist())[2:-2].split(b"],[")
        return [
            None if _NOT_FINITE in row else templates[value] % tuple(row.split(b","))
            for value, row in zip(values, rows, strict=True)
        ]

    def _make_templates(self, has_probabilities: bool) -> list[bytes]:
        """Make a body for each class (or one, without classes) with %b for each number."""
        end = _ENCODER.encode(self._origin)[1:].replace(b"%", b"%%")
        if not self._is_classifier:
            return [b'{"prediction":%b,' + end]
        names = [_ENCODER.encode(name).replace(b"%", b"%%") for name in self._classes]
        if has_probabilities:
            probabilities = b",".join(name + b":%b" for name in names)
            end = b'"probabilities":{' + probabilities + b"}," + end
        return [
            b'{"prediction":%d,"label":' % number + name + b"," + end
            for number, name in enumerate(names)
        ]

    def _make_content(self, predictions: Predictions) -> dict[str, object]:
        values = predictions.values.tolist()
        content: dict[str, object] = {"predictions": values}
        if self._is_classifier:
            require_known_classes(min(values), max(values), self._classes)
            content["labels"] = [self._classes[value] for value in values]
            if predictions.probabilities is not None:
                content["probabilities"] = predictions.probabilities.tolist()
            content["classes"] = self._classes
        return content


def require_finite(predictions: Predictions, locate: Callable[[int], str]) -> None:
    """Raise InputError if a prediction is not finite; *locate* names the row by its index.

    A row far outside the training data can overflow inside the model.
    """
    for numbers in (predictions.values, predictions.probabilities):
        if numbers is not None and not np.isfinite(numbers).all():
            location = locate(int(np.argwhere(~np.isfinite(numbers))[0][0]))
            raise InputError(
                "no_finite_answer",
                f"The model's prediction for {location} is not finite: the row's numbers are "
                "probably far outside the training data.",
                location,
            )


def require_known_classes(lowest: int, highest: int, classes: Sequence[str]) -> None:
    """Raise ServableError unless the indices *lowest* to *highest* are in *classes*."""
    for index in (lowest, highest):
        if not 0 <= index < len(classes):
            raise ServableError(
                f"The model predicted class {index}, but it has {len(classes)} classes."
            )
