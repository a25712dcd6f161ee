"""Models that cannot be published: damaged, hostile, or not about the data."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.support.models.outside import NUMBERS, model, network, softmax


def with_input(type_: int, shape: Sequence[int | str | None] | None) -> onnx.ModelProto:
    """Return a model whose input has another type or shape."""
    nodes = [
        helper.make_node("Shape", ["x"], ["sizes"]),
        helper.make_node("Cast", ["sizes"], ["label"], to=TensorProto.FLOAT),
    ]
    described = helper.make_tensor_value_info("x", type_, shape)
    outputs = [helper.make_tensor_value_info("label", TensorProto.FLOAT, None)]
    return model(nodes, [described], outputs)


def with_outputs(*names: str, kind: int = TensorProto.FLOAT) -> onnx.ModelProto:
    """Return a network with several outputs."""
    nodes = [
        helper.make_node("Cast", ["scores"], [name], to=kind) for name in names if name != "scores"
    ]
    outputs = [helper.make_tensor_value_info(name, kind, None) for name in names]
    return network(*nodes, outputs=outputs)


def without_output() -> bytes:
    """Return a network without any output."""
    message = network()
    del message.graph.output[:]
    return bytes(message.SerializeToString())


def with_external_weights() -> bytes:
    """Return a network whose weights are in another file."""
    message = network()
    weights = message.graph.initializer[0]
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="/etc/passwd")
    return bytes(message.SerializeToString())


def endless(condition: bool = True) -> onnx.ModelProto:
    """Return a model with a Loop that has no end."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["more"]),
            helper.make_node("Tanh", ["value"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("more", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
    )
    loop = helper.make_node("Loop", ["", "start", "scores"], ["last"], body=body)
    start = numpy_helper.from_array(np.array(condition), "start")
    outputs = [helper.make_tensor_value_info("last", TensorProto.FLOAT, ["rows", 3])]
    return network(loop, outputs=outputs, constants=[start])


def greedy() -> onnx.ModelProto:
    """Return a model that fills far more memory than any machine lends it."""
    shape = numpy_helper.from_array(np.array([1 << 17, 1 << 17], dtype=np.int64), "shape")
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["filled"]),
        helper.make_node("ReduceSum", ["filled"], ["total"], keepdims=0),
        helper.make_node("Add", ["scores", "total"], ["last"]),
    ]
    outputs = [helper.make_tensor_value_info("last", TensorProto.FLOAT, ["rows", 3])]
    # A random shape is not a constant, so that the memory is needed at the first call.
    return network(*nodes, outputs=outputs, constants=[shape])


def not_finite() -> onnx.ModelProto:
    """Return a model that gives NaN for negative numbers."""
    nodes = [helper.make_node("Log", ["scores"], ["last"])]
    return network(*nodes, output="last")


def random() -> onnx.ModelProto:
    """Return a model with a random answer."""
    nodes = [
        helper.make_node("RandomUniformLike", ["scores"], ["noise"]),
        helper.make_node("Add", ["scores", "noise"], ["noisy"]),
        helper.make_node("Softmax", ["noisy"], ["last"], axis=1),
    ]
    return network(*nodes, output="last")


def mixing_rows() -> onnx.ModelProto:
    """Return a model whose answer to a row depends on the other rows of the call."""
    nodes = [
        helper.make_node("ReduceMean", ["scores"], ["middle"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["scores", "middle"], ["centred"]),
        helper.make_node("Softmax", ["centred"], ["last"], axis=1),
    ]
    return network(*nodes, output="last")


def one_answer() -> onnx.ModelProto:
    """Return a model with one answer for all rows."""
    node = helper.make_node("ReduceMean", ["scores"], ["last"], axes=[0], keepdims=0)
    return network(node, outputs=[helper.make_tensor_value_info("last", TensorProto.FLOAT, [3])])


def of_fixed_shape() -> onnx.ModelProto:
    """Return a model of one row with a shape inside that cannot become free."""
    shape = numpy_helper.from_array(np.array([1, NUMBERS], dtype=np.int64), "shape")
    message = softmax(batch=1)
    message.graph.initializer.append(shape)
    node = helper.make_node("Reshape", ["x", "shape"], ["flat"])
    message.graph.node.insert(0, node)
    message.graph.node[1].input[0] = "flat"
    return message


def with_node(kind: str, domain: str = "") -> onnx.ModelProto:
    """Return a network with a node of an operator that does not exist."""
    node = helper.make_node(kind, ["scores"], ["last"], domain=domain)
    return network(node, output="last", domains=[(domain, 1)] if domain else [])


def as_sequence() -> onnx.ModelProto:
    """Return a network that gives a sequence of tensors."""
    node = helper.make_node("SplitToSequence", ["scores"], ["last"], axis=0)
    type_ = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, None))
    return network(node, outputs=[helper.make_value_info("last", type_)])
