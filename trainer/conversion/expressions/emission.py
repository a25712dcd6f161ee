"""Add the recorded steps of a function to an ONNX model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import BOOLEAN, FLOAT, INTEGER, STRING, Node
from trainer.conversion.expressions.operators import Operators
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, attribute_tensor
from trainer.conversion.nodes.operator_sets import ACCEPTED, DOMAIN


class Emission:
    """Adds each node of a graph once. *inputs* are the names of tensors that exist."""

    def __init__(self, nodes: NodeBuilder, inputs: Mapping[Node, str]) -> None:
        self._nodes = nodes
        self._names = dict(inputs)
        self._rows = next(iter(inputs.values()))

    def add_result(self, node: Node) -> str:
        """Add a node as above, with one value for each row also for a constant."""
        name = self.add(node)
        if not _is_constant(node):
            return name
        count = self._nodes.add("Shape", [self._rows], start=0, end=1)
        width = self._nodes.constant(np.array([node.width]))
        shape = self._nodes.add("Concat", [count, width], axis=0)
        return self._nodes.add("Expand", [name, shape])

    def add(self, node: Node) -> str:
        """Add a node and all that it needs; return the name of its result.

        Raises UnrecordedError for a step that has no counterpart in ONNX.
        """
        if node not in self._names:
            add = self.add_result if node.kind == "join" else self.add
            names = [add(inner) for inner in node.inputs]
            self._names[node] = self._add(node, names)
        return self._names[node]

    def _add(self, node: Node, names: list[str]) -> str:
        add: Callable[..., str] | None = getattr(self, f"_emit_{node.kind}", None)
        if add is None:
            return Operators(self._nodes, node).add(names)
        return add(node, *names)

    def _emit_constant(self, node: Node) -> str:
        return self._nodes.constant(node.value)

    def _emit_select(self, node: Node, name: str) -> str:
        indices = self._nodes.constant(np.array(node.value, dtype=np.int64))
        return self._nodes.add("Gather", [name, indices], axis=1)

    def _emit_join(self, _node: Node, *names: str) -> str:
        return self._nodes.add("Concat", list(names), axis=1)

    def _emit_matmul(self, _node: Node, *names: str) -> str:
        return self._nodes.add("MatMul", list(names))

    def _emit_cast(self, node: Node, name: str) -> str:
        if node.dtype == BOOLEAN:
            zero = self._nodes.constant(np.array(0, dtype=node.inputs[0].dtype))
            return self._nodes.add("Not", [self._nodes.add("Equal", [name, zero])])
        return self._nodes.cast(name, node.dtype)

    def _emit_where(self, node: Node, condition: str, first: str, second: str) -> str:
        if node.dtype != BOOLEAN:
            return self._nodes.add("Where", [condition, first, second])
        other = self._nodes.add("Not", [condition])
        first = self._nodes.add("And", [condition, first])
        return self._nodes.add("Or", [first, self._nodes.add("And", [other, second])])

    def _emit_look_up(self, node: Node, name: str) -> str:
        """Look up the place of a string, then the result at this place."""
        keys, values = node.value
        if any(value is None for value in values):
            raise UnrecordedError("a missing value among strings (add `.fillna('')`)")
        place = self._nodes.add(
            "LabelEncoder",
            [name],
            op_domain=DOMAIN,
            op_version=ACCEPTED,
            keys_tensor=attribute_tensor(np.array(keys, dtype=object)),
            values_tensor=attribute_tensor(np.arange(len(keys), dtype=np.int64)),
            default_tensor=attribute_tensor(np.zeros(1, dtype=np.int64)),
        )
        results: Any = np.array(values, dtype=node.dtype)
        if node.dtype == BOOLEAN:
            whole = self._nodes.constant(results.astype(INTEGER))
            return self._nodes.cast(self._nodes.add("Gather", [whole, place]), BOOLEAN)
        return self._nodes.add("Gather", [self._nodes.constant(results), place])


def _is_constant(node: Node) -> bool:
    if node.kind == "tensor":
        return False
    return all(map(_is_constant, node.inputs))


def split_by_type(columns: Sequence[Node]) -> Iterator[Node]:
    """Yield neighbouring columns of numbers, as float64, and of strings, each as one tensor."""
    for is_string, run in groupby(columns, key=lambda column: column.dtype == STRING):
        parts = list(run)
        types = {part.dtype for part in parts}
        if is_string or types == {FLOAT}:
            yield ex.join(parts)
        elif len(types) == 1:
            yield ex.cast(ex.join(parts), FLOAT)
        else:
            yield ex.join([ex.cast(part, FLOAT) for part in parts])
