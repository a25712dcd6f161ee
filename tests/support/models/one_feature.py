"""A model of one feature: a byte of a request is a row, and a row has a large answer."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.support.models.served import model_around
from tests.support.models.toy import ToyModel, toy_rows


def one_feature_model(classes: int = 100, name_length: int = 1000) -> ToyModel:
    """Build a classifier of one number, whose *classes* have names of *name_length*."""
    weights = np.linspace(-1, 1, classes, dtype=np.float32)[None, :]
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["rows", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
            helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0),
        ],
        "one_feature",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 1])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, classes]),
        ],
        [onnx.numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    names = [f"{number:0{name_length}}" for number in range(classes)]
    rows = toy_rows(features=1)
    return model_around(bytes(model.SerializeToString()), ["x"], rows, classes=names)
