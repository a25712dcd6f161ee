"""The body of an infer response: predictions as output tensors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy.typing as npt

from predictor.codec.prediction_writer import require_finite, require_known_classes
from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.metadata import LABEL, PROBABILITIES, describe_tensor, list_outputs
from predictor.open_inference.replies import ok_reply
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

    def to_list(self) -> list[Any]:
        """Return the elements flat, in row-major order."""
        flat: list[Any] = self.values.ravel().tolist()
        return [self.labels[index] for index in flat] if self.labels else flat

    def to_bytes(self) -> bytes:
        """Return little-endian numbers without padding, or each label after its length."""
        if not self.labels:
            return self.values.astype(NUMBER_TYPES[self.datatype], copy=False).tobytes()
        encoded = [encode_string(name) for name in self.labels]
        return b"".join([encoded[index] for index in self.values.tolist()])


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
    contents, buffers = [], []
    for name, is_binary in outputs.items():
        tensor = _make_output(name, predictions, artefact)
        content: dict[str, object] = {
            "name": name,
            "datatype": tensor.datatype,
            "shape": tensor.values.shape,
        }
        if is_binary:
            buffers.append(tensor.to_bytes())
            content["parameters"] = {"binary_data_size": len(buffers[-1])}
        else:
            content["data"] = tensor.to_list()
        contents.append(content)
    body: Mapping[str, object] = {
        "model_name": served.registry.model_name,
        "model_version": str(served.registry.version),
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
