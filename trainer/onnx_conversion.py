"""From a fitted pipeline to the bytes of an ONNX model: the same bytes for the same pipeline."""

import warnings
from typing import Any

import onnx
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs

from shared.errors import ExportError
from trainer.onnx_canonical import make_canonical
from trainer.parameters import reason_of

TARGET_OPSET = {"": 18, "ai.onnx.ml": 3}
"""Operators that runtimes have known for years. Raising it changes the bytes of every model."""
INPUT = "features"


def to_onnx(pipeline: Any, features: int, *, has_probabilities: bool) -> bytes:
    """Convert a fitted classifier.

    The model takes one float32 tensor [n, features] and gives the class index, int64 [n], then,
    where it has them, the probabilities, float32 [n, classes].
    Raises ExportError for what skl2onnx cannot convert.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are for the converters' authors
            model = _convert(pipeline, features, has_probabilities=has_probabilities)
    except Exception as error:  # converters raise whatever they stumble over
        raise ExportError(f"it does not convert to ONNX ({reason_of(error)})") from error
    make_canonical(model)
    return bytes(model.SerializeToString(deterministic=True))


def _convert(pipeline: Any, features: int, *, has_probabilities: bool) -> onnx.ModelProto:
    model: onnx.ModelProto = convert_sklearn(
        pipeline,
        name="model",  # without it, a random one
        initial_types=[(INPUT, FloatTensorType([None, features]))],
        target_opset=TARGET_OPSET,
        # A tensor of probabilities instead of a list of dictionaries; there is no such option,
        # and an error for giving it, where there are no probabilities.
        options={"zipmap": False} if has_probabilities else None,
    )
    if has_probabilities:
        return model
    # The second output would be scores that are no probabilities.
    label = model.graph.output[0]
    selected: onnx.ModelProto = select_model_inputs_outputs(model, label.name)
    selected.graph.output[0].CopyFrom(label)  # with its type, which the selection forgets
    return selected
