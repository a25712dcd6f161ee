"""Predictions as JSON: the bodies of successful replies."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from predictor.codec.answer_pieces import (
    NUMBER_BYTES,
    AnswerPieces,
    JsonElements,
    Part,
    join_parts,
    make_body,
)
from predictor.codec.request_ids import IDS
from shared.contract.documents import Artefact, Registry
from shared.errors import InputError, ServableError
from shared.inference.servable import Predictions

_ENCODER = msgspec.json.Encoder()
NOT_FINITE = "no_finite_answer"
"""The code of the error for a row whose prediction is not finite."""
_NOT_FINITE = _ENCODER.encode(float("nan"))
"""The JSON that msgspec writes for NaN and infinity."""


class PredictionWriter:
    """Writes the predictions of one model under one registry version."""

    def __init__(self, artefact: Artefact, registry: Registry) -> None:
        self._is_classifier = artefact.task == "classification"
        self._classes = artefact.classes
        self._label_bytes = max((len(name.encode()) + 3 for name in self._classes), default=0)
        self._origin: dict[str, object] = {
            "model_name": registry.model_name,
            "model_version": registry.version,
        }
        self.origin_bytes = len(_ENCODER.encode(self._origin))
        """The length of the end of a body of `write_each`, after the answer of the model."""
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
            return join_parts(self._list_parts(predictions, ids))
        (body,) = self.write_each(predictions)
        assert body is not None  # noqa: S101 - it is finite
        return body if ids is None else b'%b,"id":%b}' % (body[:-1], _ENCODER.encode(ids[0]))

    def write_in_pieces(
        self, predictions: Predictions, ids: Sequence[str] | None = None
    ) -> bytes | AnswerPieces:
        """Write the body for all rows as `write` does; a large body is encoded in pieces.

        Raises InputError and ServableError, as `write` does.
        """
        require_finite(predictions, lambda row: f"instances[{row}]")
        return make_body(self._list_parts(predictions, ids), count_bytes(predictions))

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

    def _list_parts(self, predictions: Predictions, ids: Sequence[str] | None) -> list[Part]:
        values, probabilities = predictions.values, predictions.probabilities
        rest = dict(self._origin)
        if ids is not None:
            rest[IDS] = ids
        parts: list[Part] = [b'{"predictions":[', JsonElements(values)]
        if self._is_classifier:
            require_known_classes(int(values.min()), int(values.max()), self._classes)
            parts += [b'],"labels":[', JsonElements(values, self._label_bytes, self._classes)]
            if probabilities is not None:
                row_bytes = NUMBER_BYTES * probabilities.shape[1]
                parts += [b'],"probabilities":[', JsonElements(probabilities, row_bytes)]
            rest = {"classes": self._classes, **rest}
        return [*parts, b"]," + _ENCODER.encode(rest)[1:]]


def count_bytes(predictions: Predictions) -> int:
    """Return the bytes of memory that the numbers of *predictions* take."""
    probabilities = predictions.probabilities
    return int(predictions.values.nbytes + (0 if probabilities is None else probabilities.nbytes))


def require_finite(predictions: Predictions, locate: Callable[[int], str]) -> None:
    """Raise InputError if a prediction is not finite; *locate* names the row by its index.

    A row far outside the training data can overflow inside the model.
    """
    for numbers in (predictions.values, predictions.probabilities):
        if numbers is not None and not np.isfinite(numbers).all():
            location = locate(int(np.argwhere(~np.isfinite(numbers))[0][0]))
            raise InputError(
                NOT_FINITE,
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
