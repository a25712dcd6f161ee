"""The columns that scoring adds to those of the input: names, types and values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.contract.documents import Artefact, Registry
from shared.errors import InputError, ServableError
from shared.inference.servable import Predictions

PREFIX = "scored "
"""The beginning of an added column's name whose own name a column of the input has."""
NOT_FINITE = "no_finite_answer"
"""The code of a refused row whose prediction is not finite, as in `POST /predict`."""
_OF_VERSION = ("model version", "model digest")


class ScoredColumns:
    """The added columns of one output."""

    def __init__(
        self, artefact: Artefact, registry: Registry, kept: Sequence[str], *, has_metadata: bool
    ) -> None:
        """Choose the names and types.

        Args:
            artefact: The artefact of the model.
            registry: The version.
            kept: The columns of the input that the output has too.
            has_metadata: Whether the format of the output keeps version and digest. Otherwise they
                are two columns.
        """
        self._artefact = artefact
        self._is_classifier = artefact.task == "classification"
        self._constants: list[Any] = []
        self._taken = set(kept)
        number = pa.int64() if self._is_classifier else pa.float64()
        fields = [self._field("prediction", number)]
        if self._is_classifier:
            fields.append(self._field("predicted label", pa.string()))
        if artefact.has_probabilities and self._is_classifier:
            names = [f"probability {each}" for each in artefact.classes]
            fields += [self._field(name, pa.float64()) for name in names]
        fields += [self._field(name, pa.string()) for name in ("refusal", "refusal reason")]
        self.refusal = fields[-2].name
        """The name of the column with the codes of refusals."""
        if not has_metadata:
            types = (pa.int64(), pa.string())
            own = zip(_OF_VERSION, types, strict=True)
            fields += [self._field(name, type_) for name, type_ in own]
            self._constants = [registry.version, registry.digest]
        self.schema: pa.Schema = pa.schema(fields)

    def make(
        self, predictions: Predictions | None, refused: Mapping[int, InputError], rows: int
    ) -> list[pa.Array]:
        """Return the columns of a batch; those of refused rows are null.

        *predictions* are those of the rows that are not refused, None if all of them are.
        Raises ServableError for a class that the model does not have.
        """
        errors = dict(refused)
        is_answered = np.ones(rows, np.bool_)
        is_answered[list(errors)] = False
        values = np.zeros(rows, np.int64 if self._is_classifier else np.float64)
        probabilities = None
        if predictions is not None:
            is_finite = _are_finite(predictions)
            for row in np.flatnonzero(is_answered)[~is_finite].tolist():
                errors[row] = _not_finite()
            values[is_answered] = np.where(is_finite, predictions.values, 0)
            if predictions.probabilities is not None:
                probabilities = np.zeros((rows, predictions.probabilities.shape[1]))
                probabilities[is_answered] = predictions.probabilities
            is_answered[list(errors)] = False
        is_null = ~is_answered
        arrays = [pa.array(values, mask=is_null)]
        if self._is_classifier:
            self._require_classes(values)
            labels = pa.array(self._artefact.classes, pa.string())
            indices = pa.array(values, pa.int32(), mask=is_null)
            arrays.append(pa.DictionaryArray.from_arrays(indices, labels).cast(pa.string()))
            if self._artefact.has_probabilities:
                arrays += self._list_probabilities(probabilities, is_null)
        codes = [errors[row].code if row in errors else None for row in range(rows)]
        reasons = [str(errors[row]) if row in errors else None for row in range(rows)]
        arrays += [pa.array(codes, pa.string()), pa.array(reasons, pa.string())]
        types = self.schema.types[len(arrays) :]
        constants = zip(self._constants, types, strict=True)
        return [*arrays, *(pa.repeat(pa.scalar(each, type_), rows) for each, type_ in constants)]

    def _list_probabilities(
        self, probabilities: npt.NDArray[np.float64] | None, is_null: npt.NDArray[np.bool_]
    ) -> list[pa.Array]:
        if probabilities is None:
            probabilities = np.zeros((len(is_null), len(self._artefact.classes)))
        return [pa.array(column, pa.float64(), mask=is_null) for column in probabilities.T]

    def _require_classes(self, values: npt.NDArray[Any]) -> None:
        count = len(self._artefact.classes)
        if len(values) and not 0 <= values.min() <= values.max() < count:
            wrong = int(values[(values < 0) | (values >= count)][0])
            raise ServableError(f"The model predicted class {wrong}, but it has {count} classes.")

    def _field(self, name: str, type_: pa.DataType) -> pa.Field:
        while name in self._taken:
            name = PREFIX + name
        self._taken.add(name)
        return pa.field(name, type_)


def _are_finite(predictions: Predictions) -> npt.NDArray[np.bool_]:
    is_finite: npt.NDArray[np.bool_] = np.isfinite(predictions.values)
    if predictions.probabilities is not None:
        is_finite = is_finite & np.isfinite(predictions.probabilities).all(axis=1)
    return is_finite


def _not_finite() -> InputError:
    return InputError(
        NOT_FINITE,
        "The model's prediction for features is not finite: the row's numbers are probably far "
        "outside the training data.",
    )
