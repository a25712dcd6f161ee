"""Add nodes and constants with unique names to an ONNX model."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

_TYPES = {
    np.dtype(np.bool_): TensorProto.BOOL,
    np.dtype(np.float32): TensorProto.FLOAT,
    np.dtype(np.float64): TensorProto.DOUBLE,
    np.dtype(np.int32): TensorProto.INT32,
    np.dtype(np.int64): TensorProto.INT64,
    np.dtype(object): TensorProto.STRING,
}


class NodeBuilder:
    """The nodes and constants that a converter of skl2onnx adds to a model."""

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope = scope
        self._container = container

    def add(self, kind: str, inputs: list[str], output: str | None = None, **more: Any) -> str:
        """Add a node with one output, and return the output's name."""
        output = output or str(self._scope.get_unique_variable_name("value"))
        name = self._scope.get_unique_operator_name(kind)
        self._container.add_node(kind, inputs, [output], name=name, **more)
        return output

    def cast(self, value: str, type_: Any) -> str:
        """Add a node that casts a tensor to a type of numpy, and return its output's name."""
        return self.add("Cast", [value], to=_TYPES[np.dtype(type_)])

    def constant(self, values: npt.NDArray[Any]) -> str:
        """Add an array of numbers or strings, and return its name."""
        name = str(self._scope.get_unique_variable_name("constant"))
        content = [v.encode() if isinstance(v, str) else v for v in values.ravel().tolist()]
        self._container.add_initializer(name, _TYPES[values.dtype], values.shape, content)
        return name


def attribute_tensor(values: npt.NDArray[Any]) -> TensorProto:
    """Return an array of numbers or strings as the value of a node's attribute."""
    if values.dtype != object:
        return numpy_helper.from_array(values)
    strings = [value.encode() for value in values.tolist()]
    return helper.make_tensor("", TensorProto.STRING, values.shape, strings)


def join_columns(nodes: NodeBuilder, operator: Any) -> str:
    """Return the operator's input as one tensor."""
    names = [tensor.full_name for tensor in operator.inputs]
    return names[0] if len(names) == 1 else nodes.add("Concat", names, axis=1)


def is_double(operator: Any) -> bool:
    """Return whether the operator's input is float64."""
    return isinstance(operator.inputs[0].type, DoubleTensorType)


def number_type(operator: Any) -> tuple[type[np.floating[Any]], int]:
    """Return the type of the operator's input, as numpy and as ONNX name it."""
    return (
        (np.float64, TensorProto.DOUBLE) if is_double(operator) else (np.float32, TensorProto.FLOAT)
    )


def tensor_type(operator: Any, width: int) -> Any:
    """Return the type of a tensor of *width* columns like the operator's input."""
    return (DoubleTensorType if is_double(operator) else FloatTensorType)([None, width])
