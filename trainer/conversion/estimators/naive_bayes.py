"""Convert GaussianNB to ONNX, with the sums of scikit-learn to the last bit.

For a row far from the data, the likelihoods of all classes may be large numbers that differ only by
rounding. An example is another number in a column that was constant in the training data. Then
label and probabilities depend on the order of additions. The converter of skl2onnx 1.20 adds in
another order; no issue reports it.
"""

from typing import Any

import numpy as np

from trainer.conversion.nodes.estimator_outputs import choose_largest, set_classes
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, join_columns, number_type

_LANES, _LARGEST_BLOCK = 8, 128
"""numpy adds up to 128 numbers in eight lanes, and splits more numbers into two halves."""


def convert_naive_bayes(scope: Any, operator: Any, container: Any) -> None:
    """Convert a GaussianNB, as skl2onnx calls a converter."""
    bayes, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)

    def constant(values: Any) -> str:
        return nodes.constant(np.asarray(values, dtype=number))

    classes, columns = bayes.var_.shape
    # Columns come first, since onnxruntime adds along the first axis in its order.
    rows = nodes.add("Transpose", [join_columns(nodes, operator)])
    rows = nodes.add("Unsqueeze", [rows, nodes.constant(np.array([2]))])
    differences = nodes.add("Sub", [rows, constant(bayes.theta_.T[:, None])])
    squares = nodes.add("Mul", [differences, differences])
    halves = nodes.add("Div", [squares, constant(2.0 * bayes.var_.T[:, None])])
    sums = _add_columns(nodes, _reshape(nodes, halves, columns, -1), 0, columns)
    sizes = [-0.5 * np.sum(np.log(2.0 * np.pi * variances)) for variances in bayes.var_]
    likelihoods = nodes.add("Sub", [constant(sizes), _reshape(nodes, sums, -1, classes)])
    joint = nodes.add("Add", [constant(np.log(bayes.class_prior_)), likelihoods])
    # Not Softmax: the rounded total of large likelihoods is part of scikit-learn's answer.
    total = nodes.add("ReduceLogSumExp", [joint, nodes.constant(np.array([1]))])
    probabilities = nodes.add("Exp", [nodes.add("Sub", [joint, total])])
    set_classes(nodes, operator, probabilities, number, index=choose_largest(nodes, joint))


def _add_columns(nodes: NodeBuilder, terms: str, first: int, count: int) -> str:
    """Return the sums over *count* columns of the first axis, [1, …], in the order of numpy."""
    if count > _LARGEST_BLOCK:
        half = count // 2 - count // 2 % _LANES
        parts = ((first, half), (first + half, count - half))
        return nodes.add("Add", [_add_columns(nodes, terms, *part) for part in parts])
    in_lanes = count - count % _LANES
    rest = _slice(nodes, terms, first + in_lanes, first + count)
    if not in_lanes:
        return _add_axis(nodes, rest, 0, keepdims=1)
    lanes = _slice(nodes, terms, first, first + in_lanes)
    sums = _reshape(nodes, lanes, in_lanes // _LANES, 2, 2, 2, -1)
    for axis in (0, 2, 1):  # the rows of lanes, then neighbours
        sums = _add_axis(nodes, sums, axis)
    sums = _add_axis(nodes, sums, 0, keepdims=1)
    if in_lanes == count:
        return sums
    return _add_axis(nodes, nodes.add("Concat", [sums, rest], axis=0), 0, keepdims=1)


def _add_axis(nodes: NodeBuilder, values: str, axis: int, keepdims: int = 0) -> str:
    return nodes.add("ReduceSum", [values, nodes.constant(np.array([axis]))], keepdims=keepdims)


def _reshape(nodes: NodeBuilder, values: str, *shape: int) -> str:
    return nodes.add("Reshape", [values, nodes.constant(np.array(shape))])


def _slice(nodes: NodeBuilder, terms: str, start: int, end: int) -> str:
    """Return some columns of the first axis."""
    bounds = [nodes.constant(np.array([number])) for number in (start, end, 0)]
    return nodes.add("Slice", [terms, *bounds])
