"""From a fitted pipeline to the bytes of an ONNX model: the same bytes for the same pipeline."""

import warnings
from typing import Any

import onnx
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs

from shared.errors import ExportError
from trainer.forest_conversion import CONVERTERS
from trainer.onnx_canonical import make_canonical
from trainer.parameters import reason_of

TARGET_OPSET = {"": 18, "ai.onnx.ml": 3}
"""Operators that runtimes have known for years. Raising it changes the bytes of every model."""
INPUT = "features"
_CLIP_BY_ATTRIBUTES, _CLIP_BY_INPUTS = 6, 11


def to_onnx(pipeline: Any, features: int, *, has_probabilities: bool) -> bytes:
    """Convert a fitted classifier.

    The model takes one float32 tensor [n, features] and gives the class index, int64 [n], then,
    where it has them, the probabilities, float32 [n, classes].
    Raises ExportError for what skl2onnx cannot convert.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for the converters' authors
            model = _convert(pipeline, features)
            if has_probabilities:
                _give_a_tensor(model, len(pipeline.classes_))
            else:  # its second output would be scores that are no probabilities
                model = _only_labels(model)
    except Exception as error:  # converters raise whatever they stumble over
        raise ExportError(f"it does not convert to ONNX ({reason_of(error)})") from error
    make_canonical(model)
    return bytes(model.SerializeToString(deterministic=True))


def _convert(pipeline: Any, features: int) -> onnx.ModelProto:
    # No options: looking for the estimators that they are meant for takes skl2onnx seconds on a
    # large forest.
    model: onnx.ModelProto = convert_sklearn(
        pipeline,
        name="model",  # without it, a random one
        initial_types=[(INPUT, FloatTensorType([None, features]))],
        target_opset=TARGET_OPSET,
        custom_conversion_functions=CONVERTERS,
    )
    return model


def _give_a_tensor(model: onnx.ModelProto, classes: int) -> None:
    """Make the last step, a list of dictionaries of the probabilities, a tensor between 0 and 1.

    Sums of float32 can lie beyond: trees that agree gave 1.0000001, and the other class -1e-7.
    """
    graph = model.graph
    (zip_map,) = [node for node in graph.node if node.op_type == "ZipMap"]
    (raw,), (name,) = zip_map.input, zip_map.output
    graph.node.remove(zip_map)
    graph.node.append(_clip(model, raw, name))
    graph.output[1].CopyFrom(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, classes])
    )


def _clip(model: onnx.ModelProto, values: str, name: str) -> onnx.NodeProto:
    """A node that bounds *values* to 0 and 1, in the form of the model's operator set.

    The set is the least that the other nodes need, and stays it: a later one may read them anew.
    """
    versions = {entry.domain: entry.version for entry in model.opset_import}
    if versions.get("", 0) < _CLIP_BY_INPUTS:
        if versions.get("", 0) < _CLIP_BY_ATTRIBUTES:
            model.opset_import.append(helper.make_opsetid("", _CLIP_BY_ATTRIBUTES))
        return helper.make_node("Clip", [values], [name], min=0.0, max=1.0)
    bounds = {"least": 0.0, "most": 1.0}
    model.graph.initializer.extend(
        helper.make_tensor(bound, TensorProto.FLOAT, [], [value]) for bound, value in bounds.items()
    )
    return helper.make_node("Clip", [values, *bounds], [name])


def _only_labels(model: onnx.ModelProto) -> onnx.ModelProto:
    label = model.graph.output[0]
    selected: onnx.ModelProto = select_model_inputs_outputs(model, label.name)
    selected.graph.output[0].CopyFrom(label)  # with its type, which the selection forgets
    return selected
