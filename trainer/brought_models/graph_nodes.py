"""The nodes and constants that are put around a model, with names that it does not use."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper


class GraphNodes:
    """Nodes in the order in which they were added."""

    def __init__(self, message: onnx.ModelProto) -> None:
        content = message.SerializeToString()
        self._prefix = "modelgate"
        while self._prefix.encode() in content:
            self._prefix += "_"
        self._count = 0
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(
        self,
        kind: str,
        inputs: list[str],
        output: str = "",
        *,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """Add a node with one output, and return the name of that."""
        return self.add_several(kind, inputs, [output or self.name(kind)], domain, **attributes)[0]

    def add_several(
        self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node, and return the names of its outputs."""
        node = helper.make_node(kind, inputs, outputs, domain=domain, **attributes)
        self.nodes.append(node)
        return outputs

    def constant(self, values: npt.NDArray[Any]) -> str:
        """Add a constant, and return its name."""
        name = self.name("constant")
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def integers(self, *values: int) -> str:
        """Add a constant of int64, and return its name."""
        return self.constant(np.array(values, dtype=np.int64))

    def name(self, seed: str) -> str:
        """Return a new name."""
        self._count += 1
        return f"{self._prefix}_{seed.lower()}_{self._count}"
