"""Fold scalers into the linear model behind them. Each of their nodes takes 1 to 2 µs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

_OPERATORS: Mapping[str, Any] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
}
_LARGEST_OFFSET = 1e5
"""The largest offset, in units of the scale: it takes five of float64's sixteen digits."""
_Arrays = Mapping[str, npt.NDArray[Any]]


def fold_scalers(model: onnx.ModelProto) -> None:
    """Replace `(x - offset) / scale @ weights` by `x @ other_weights` in float64, in place."""
    graph = model.graph
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    producers = {output: node for node in graph.node for output in node.output}
    uses = Counter(name for node in graph.node for name in node.input)
    for gemm in [node for node in graph.node if node.op_type == "Gemm"]:
        value, *operands = gemm.input
        if gemm.attribute or [name for name in operands if name not in constants]:
            continue
        weights, intercepts = (constants[name] for name in operands)
        steps = list[onnx.NodeProto]()
        while uses[value] == 1 and _is_scaling(producers.get(value), constants):
            steps.insert(0, producers[value])
            value = producers[value].input[0]
        factors, offsets = _compose(steps, constants, len(weights))
        if not steps or weights.dtype != np.float64 or np.abs(offsets).max() > _LARGEST_OFFSET:
            continue
        folded = (factors[:, None] * weights, intercepts + offsets @ weights)
        for name, values in zip(operands, folded, strict=True):
            graph.initializer.append(numpy_helper.from_array(values, f"{name}_folded"))
        gemm.input[:] = [value, *(f"{name}_folded" for name in operands)]
        for node in steps:
            graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    kept = [each for each in graph.initializer if each.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _is_scaling(node: onnx.NodeProto | None, constants: _Arrays) -> bool:
    return node is not None and node.op_type in _OPERATORS and node.input[1] in constants


def _compose(steps: Sequence[onnx.NodeProto], constants: _Arrays, columns: int) -> Any:
    """Return the factor and the offset of each column, which are the same as all *steps*."""
    factors, offsets = np.ones(columns), np.zeros(columns)
    for node in steps:
        operator, operand = _OPERATORS[node.op_type], constants[node.input[1]].ravel()
        offsets = operator(offsets, operand)
        if node.op_type in {"Mul", "Div"}:
            factors = operator(factors, operand)
    return factors, offsets
