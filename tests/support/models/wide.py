"""A classifier of any number of features and classes, made by hand."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from shared.contract.documents import Feature
from tests.support.models.served import model_around
from tests.support.models.toy import ToyModel


def wide_model(
    features: Sequence[Feature], classes: Sequence[str], rows: npt.NDArray[np.float64]
) -> ToyModel:
    """Build a linear classifier with drawn weights, whose golden rows are *rows*."""
    size = (len(features), len(classes))
    weights = np.random.default_rng(0).normal(size=size).astype(np.float32) / 10
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["rows", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
            helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0),
        ],
        "wide",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, size[0]])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, size[1]]),
        ],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model_around(bytes(model.SerializeToString()), features, rows, classes=classes)
