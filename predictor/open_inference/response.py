"""The outputs of a model, and the body of an infer response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.replies import ok_reply
from predictor.open_inference.request import JSON_LENGTH_HEADER
from predictor.open_inference.tensor_data import NUMBER_TYPES, encode_string
from shared.contract.documents import Artefact
from shared.inference.servable import Predictions

LABEL = "label"
"""A classifier's output: the name of each row's class, BYTES, shape [rows]."""
PROBABILITIES = "probabilities"
"""A classifier's output, if it has probabilities: shape [rows, classes]."""
PREDICTION = "prediction"
"""A regressor's output: the number for each row, FP64, shape [rows]."""

_TYPE_NAMES = {dtype: name for name, dtype in NUMBER_TYPES.items()}


class OutputTensor(Protocol):
    """One output for n rows. Both forms have the elements flat, in row-major order."""

    @property
    def datatype(self) -> str:
        """The protocol's name of the type."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of rows comes first."""

    def to_list(self) -> list[Any]:
        """Return the elements for JSON."""

    def to_bytes(self) -> bytes:
        """Return the elements as binary data."""


@dataclass(frozen=True, eq=False)
class NumberTensor:
    """Numbers in the model's own type: the same numbers as in the reply of /predict."""

    values: npt.NDArray[Any]

    @property
    def datatype(self) -> str:
        """A number type, such as FP32."""
        return _TYPE_NAMES[self.values.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return self.values.shape

    def to_list(self) -> list[Any]:
        """Return Python numbers."""
        flat: list[Any] = self.values.ravel().tolist()
        return flat

    def to_bytes(self) -> bytes:
        """Return little-endian numbers without padding."""
        return self.values.astype(NUMBER_TYPES[self.datatype], copy=False).tobytes()


@dataclass(frozen=True, eq=False)
class LabelTensor:
    """The name of each row's class."""

    indices: npt.NDArray[np.int64]
    classes: Sequence[str]

    @property
    def datatype(self) -> str:
        """The protocol's type for strings."""
        return "BYTES"

    @property
    def shape(self) -> tuple[int, ...]:
        """One label for each row."""
        return self.indices.shape

    def to_list(self) -> list[str]:
        """Return the labels."""
        return [self.classes[index] for index in self.indices.tolist()]

    def to_bytes(self) -> bytes:
        """Return each label in UTF-8 after its length."""
        encoded = [encode_string(name) for name in self.classes]
        return b"".join([encoded[index] for index in self.indices.tolist()])


def list_outputs(artefact: Artefact) -> Sequence[str]:
    """List the names of a model's outputs in their order."""
    if artefact.task != "classification":
        return (PREDICTION,)
    return (LABEL, PROBABILITIES) if artefact.has_probabilities else (LABEL,)


def make_output(name: str, predictions: Predictions, artefact: Artefact) -> OutputTensor:
    """Make the output *name*, which is one of `list_outputs`."""
    if name == LABEL:
        return LabelTensor(predictions.values, artefact.classes)
    if name == PROBABILITIES and predictions.probabilities is not None:
        return NumberTensor(predictions.probabilities)
    return NumberTensor(predictions.values)


def write_response(
    served: ServedModel,
    request_id: str | None,
    outputs: Sequence[tuple[str, OutputTensor, bool]],
) -> Reply:
    """Write the response. Each of *outputs* is a name, its tensor and whether it is binary."""
    contents, buffers = [], []
    for name, tensor, is_binary in outputs:
        content: dict[str, object] = {
            "name": name,
            "datatype": tensor.datatype,
            "shape": tensor.shape,
        }
        if is_binary:
            buffers.append(tensor.to_bytes())
            content["parameters"] = {"binary_data_size": len(buffers[-1])}
        else:
            content["data"] = tensor.to_list()
        contents.append(content)
    body: Mapping[str, object] = {
        "model_name": served.registry.model_name,
        "model_version": str(served.version),
        **({} if request_id is None else {"id": request_id}),
        "outputs": contents,
    }
    if not buffers:
        return ok_reply(served, body)
    text = msgspec.json.encode(body)
    headers = {
        **served.headers,
        "content-type": "application/octet-stream",
        JSON_LENGTH_HEADER: str(len(text)),
    }
    return Reply(200, headers, b"".join((text, *buffers)))
