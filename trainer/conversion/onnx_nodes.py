"""Add nodes and constants with unique names to an ONNX model."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

_TYPES = {
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
