"""The body of an infer response: predictions as output tensors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from predictor.codec.answer_pieces import (
    NUMBER_BYTES,
    BinaryElements,
    JsonElements,
    Part,
    count_size,
    make_body,
)
from predictor.codec.prediction_writer import count_bytes, require_finite, require_known_classes
from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.metadata import LABEL, PROBABILITIES, describe_tensor, list_outputs
from predictor.open_inference.request import JSON_LENGTH_HEADER
from predictor.open_inference.tensor_data import NUMBER_TYPES, encode_string
from shared.contract.documents import Artefact
from shared.inference.servable import Predictions

_TYPE_NAMES = {dtype: name for name, dtype in NUMBER_TYPES.items()}


@dataclass(frozen=True, eq=False)
class _OutputTensor:
    """One output: numbers in the model's own type, or with *labels* the names of classes."""

    values: npt.NDArray[Any]
    labels: Sequence[str] = ()

    @property
    def datatype(self) -> str:
        return "BYTES" if self.labels else _TYPE_NAMES[self.values.dtype]

    @property
    def binary_size(self) -> int:
        """Bytes of the elements as binary data."""
        if not self.labels:
            return self.values.size * NUMBER_TYPES[self.datatype].itemsize
        sizes = np.array([len(encode_string(name)) for name in self.labels])
        return int(sizes[self.values].sum())

    @property
    def json(self) -> JsonElements:
        """The elements as JSON without brackets: flat, in row-major order."""
        return JsonElements(self.values.ravel(), self._element_bytes, self.labels)

    @property
    def binary(self) -> BinaryElements:
        """The elements as little-endian numbers without padding, or each label after its length."""
        labels = [encode_string(name) for name in self.labels]
        dtype = NUMBER_TYPES.get(self.datatype, self.values.dtype)
        return BinaryElements(self.values.ravel(), dtype, self._element_bytes, labels)

    @property
    def _element_bytes(self) -> int:
        return max((len(name.encode()) + 4 for name in self.labels), default=NUMBER_BYTES)


def _make_output(name: str, predictions: Predictions, artefact: Artefact) -> _OutputTensor:
    """Make the output *name*, which is one of `list_outputs`."""
    if name == LABEL:
        return _OutputTensor(predictions.values, artefact.classes)
    if name == PROBABILITIES and predictions.probabilities is not None:
        return _OutputTensor(predictions.probabilities)
    return _OutputTensor(predictions.values)


def describe_outputs(served: ServedModel) -> list[dict[str, object]]:
    """Describe the outputs for the model's example row, so they are true by construction."""
    model = served.model
    predictions = model.servable.predict(model.example_rows)
    outputs = {
        name: _make_output(name, predictions, model.artefact)
        for name in list_outputs(model.artefact)
    }
    return [describe_tensor(name, out.datatype, out.values.shape) for name, out in outputs.items()]


def write_response(
    served: ServedModel,
    request_id: str | None,
    outputs: Mapping[str, bool],
    predictions: Predictions,
) -> Reply:
    """Write the response with *outputs*: their names, and whether each is binary.

    Raises InputError if a prediction is not finite, ServableError for a class that the model
    does not have.
    """
    artefact = served.model.artefact
    require_finite(predictions, lambda row: f"row {row}")
    if artefact.task == "classification":
        lowest, highest = int(predictions.values.min()), int(predictions.values.max())
        require_known_classes(lowest, highest, artefact.classes)
    tensors = {name: _make_output(name, predictions, artefact) for name in outputs}

    text = _list_text(served, request_id, outputs, tensors)
    buffers = [tensors[name].binary for name, is_binary in outputs.items() if is_binary]
    headers = served.headers
    if buffers:
        headers = {
            **headers,
            "content-type": "application/octet-stream",
            JSON_LENGTH_HEADER: str(count_size(text)),
        }
    body = make_body([*text, *buffers], count_bytes(predictions))
    return Reply.from_body(headers, body, served.registry.version, len(predictions.values))


def _list_text(
    served: ServedModel,
    request_id: str | None,
    outputs: Mapping[str, bool],
    tensors: Mapping[str, _OutputTensor],
) -> list[Part]:
    """List the parts of the response's JSON."""
    about: dict[str, object] = {
        "model_name": served.registry.model_name,
        "model_version": str(served.registry.version),
        **({} if request_id is None else {"id": request_id}),
    }
    parts: list[Part] = []
    separator = msgspec.json.encode(about)[:-1] + b',"outputs":['
    for name, is_binary in outputs.items():
        tensor = tensors[name]
        content: dict[str, object] = {
            "name": name,
            "datatype": tensor.datatype,
            "shape": tensor.values.shape,
        }
        if is_binary:
            content["parameters"] = {"binary_data_size": tensor.binary_size}
            parts.append(separator + msgspec.json.encode(content))
        else:
            begin = separator + msgspec.json.encode(content)[:-1] + b',"data":['
            parts += [begin, tensor.json, b"]}"]
        separator = b","
    return [*parts, b"]}"]
