"""The tensors that a model takes and returns, and the metadata of server and model."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.input_rows import ONLY_INPUT, takes_one_tensor
from predictor.open_inference.replies import ok_reply
from predictor.open_inference.request import InferRequest, input_error
from shared.contract.documents import ONNX_MEDIA_TYPE, Artefact
from shared.inference.feature_encoding import Value
from shared.text import quote
from shared.version import VERSION

LABEL = "label"
"""A classifier's output: the name of each row's class, BYTES, shape [rows]."""
PROBABILITIES = "probabilities"
"""A classifier's output, if it has probabilities: shape [rows, classes]."""
PREDICTION = "prediction"
"""A regressor's output: the number for each row, FP64, shape [rows]."""

_NUMBERS = {"float32": "FP32", "float64": "FP64"}
_OTHERS = {"boolean": "BOOL", "category": "BYTES"}


class TensorSpec(NamedTuple):
    """One input of a model; its shape is [rows, columns]."""

    name: str
    datatype: str
    columns: int


def list_inputs(artefact: Artefact) -> list[TensorSpec]:
    """List every input that a model takes."""
    features, number = artefact.features, _NUMBERS[artefact.number_type]
    if takes_one_tensor(features):
        return [TensorSpec(ONLY_INPUT, number, len(features))]
    return [TensorSpec(feature.name, _OTHERS.get(feature.type, number), 1) for feature in features]


def list_outputs(artefact: Artefact) -> Sequence[str]:
    """List the names of a model's outputs in their order."""
    if artefact.task != "classification":
        return (PREDICTION,)
    return (LABEL, PROBABILITIES) if artefact.has_probabilities else (LABEL,)


def choose_outputs(request: InferRequest, artefact: Artefact) -> dict[str, bool]:
    """Return the outputs to send, and whether each is binary.

    Raises InputError for an output that the model does not have.
    """
    names = list_outputs(artefact)
    for name in request.outputs:
        if name not in names:
            raise input_error(
                f"The model has no output {quote(name)}; it has {' and '.join(names)}."
            )
    requested = request.outputs or dict.fromkeys(names)
    return {
        name: request.binary_outputs if is_binary is None else is_binary
        for name, is_binary in requested.items()
    }


def make_example_request(artefact: Artefact, row: Sequence[Value]) -> dict[str, object]:
    """Make an infer request for one *row*, as JSON content."""
    values = iter(row)
    return {
        "inputs": [
            {
                "name": spec.name,
                "shape": [1, spec.columns],
                "datatype": spec.datatype,
                "data": [next(values) for _ in range(spec.columns)],
            }
            for spec in list_inputs(artefact)
        ]
    }


def describe_server(served: ServedModel | None) -> Reply:
    """Reply with the server's name, version and extensions."""
    content = {"name": "modelgate", "version": VERSION, "extensions": ["binary_tensor_data"]}
    return ok_reply(served, content)


def describe_model(served: ServedModel, outputs: Sequence[Mapping[str, object]]) -> Reply:
    """Reply with the model's inputs, and its *outputs* as `describe_tensor` describes them."""
    artefact = served.model.artefact
    is_onnx = artefact.model.media_type == ONNX_MEDIA_TYPE
    content = {
        "name": served.registry.model_name,
        "versions": [str(served.version)],
        "platform": "onnx_onnxv1" if is_onnx else "sklearn_joblib",
        "inputs": [
            describe_tensor(spec.name, spec.datatype, (1, spec.columns))
            for spec in list_inputs(artefact)
        ],
        "outputs": outputs,
    }
    return ok_reply(served, content)


def describe_tensor(name: str, datatype: str, shape: tuple[int, ...]) -> dict[str, object]:
    """Describe a tensor; -1 in its shape means any number of rows."""
    return {"name": name, "datatype": datatype, "shape": [-1, *shape[1:]]}
