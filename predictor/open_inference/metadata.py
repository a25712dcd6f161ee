"""The metadata of server and model: which tensors a model takes and returns."""

from collections.abc import Sequence
from typing import NamedTuple

from predictor.codec.reply import Reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.replies import ok_reply
from predictor.open_inference.response import list_outputs, make_output
from shared.contract.documents import ONNX_MEDIA_TYPE, Feature
from shared.inference.feature_encoding import Value
from shared.version import VERSION

ONLY_INPUT = "features"
"""The only input of a model whose features are all numbers: one column for each feature."""

_DATATYPES = {"number": "FP32", "boolean": "BOOL", "category": "BYTES"}


class TensorSpec(NamedTuple):
    """One input of a model; its shape is [rows, columns]."""

    name: str
    datatype: str
    columns: int


def takes_one_tensor(features: Sequence[Feature]) -> bool:
    """Report whether a model of *features* takes one tensor, ONLY_INPUT."""
    return all(feature.type == "number" for feature in features)


def list_inputs(features: Sequence[Feature]) -> list[TensorSpec]:
    """List every input that a model of *features* takes."""
    if takes_one_tensor(features):
        return [TensorSpec(ONLY_INPUT, _DATATYPES["number"], len(features))]
    return [TensorSpec(feature.name, _DATATYPES[feature.type], 1) for feature in features]


def min_values_per_row(features: Sequence[Feature]) -> int:
    """Return the smallest number of values in a row; nullable inputs may be omitted."""
    if takes_one_tensor(features):
        return len(features)
    return max(1, sum(not feature.nullable for feature in features))


def make_example_request(features: Sequence[Feature], row: Sequence[Value]) -> dict[str, object]:
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
            for spec in list_inputs(features)
        ]
    }


def describe_server(served: ServedModel | None) -> Reply:
    """Reply with the server's name, version and extensions."""
    content = {"name": "modelgate", "version": VERSION, "extensions": ["binary_tensor_data"]}
    return ok_reply(served, content)


def describe_model(served: ServedModel) -> Reply:
    """Reply with the model's inputs and outputs.

    The outputs are those for the model's example row, so that they are true by construction.
    """
    model = served.model
    artefact = model.artefact
    predictions = model.servable.predict(model.example_rows)
    outputs = [(name, make_output(name, predictions, artefact)) for name in list_outputs(artefact)]
    is_onnx = artefact.model.media_type == ONNX_MEDIA_TYPE
    content = {
        "name": served.registry.model_name,
        "versions": [str(served.version)],
        "platform": "onnx_onnxv1" if is_onnx else "sklearn_joblib",
        "inputs": [
            _describe_tensor(spec.name, spec.datatype, (1, spec.columns))
            for spec in list_inputs(artefact.features)
        ],
        "outputs": [_describe_tensor(name, out.datatype, out.shape) for name, out in outputs],
    }
    return ok_reply(served, content)


def _describe_tensor(name: str, datatype: str, shape: tuple[int, ...]) -> dict[str, object]:
    """Describe a tensor; -1 in its shape means any number of rows."""
    return {"name": name, "datatype": datatype, "shape": [-1, *shape[1:]]}
