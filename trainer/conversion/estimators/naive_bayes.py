"""Convert GaussianNB to ONNX, with the sums of scikit-learn to the last bit.

For a row far from the data, the likelihoods of all classes may be large numbers that differ only by
rounding, such as a column that was constant in the training data. Then label and probabilities
depend on the order of additions. The converter of skl2onnx 1.20 adds in another order; no issue
reports it.
"""

from typing import Any

import numpy as np

from trainer.conversion.nodes.estimator_outputs import choose_largest, set_classes
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, join_columns, number_type

_LANES, _LARGEST_BLOCK = 8, 128
"""numpy adds up to 128 numbers in eight lanes, and splits more numbers into two halves."""
_PAIRS = (2, 2, 2)


def convert_naive_bayes(scope: Any, operator: Any, container: Any) -> None:
    """Convert a GaussianNB, as skl2onnx calls a converter."""
    bayes, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)

    def constant(values: Any) -> str:
        return nodes.constant(np.asarray(values, dtype=number))

    axis = nodes.constant(np.array([1]))
    rows = nodes.add("Unsqueeze", [join_columns(nodes, operator), axis])
    differences = nodes.add("Sub", [rows, constant(bayes.theta_)])
    squares = nodes.add("Mul", [differences, differences])
    terms = nodes.add("Div", [squares, constant(bayes.var_)])
    sums = _add_columns(nodes, terms, 0, bayes.var_.shape[1])
    halves = nodes.add("Mul", [sums, constant(0.5)])
    sizes = [-0.5 * np.sum(np.log(2.0 * np.pi * variances)) for variances in bayes.var_]
    likelihoods = nodes.add("Sub", [constant(sizes), halves])
    joint = nodes.add("Add", [constant(np.log(bayes.class_prior_)), likelihoods])
    largest = nodes.add("ReduceMax", [joint, axis])
    shares = nodes.add("Exp", [nodes.add("Sub", [joint, largest])])
    logarithm = nodes.add("Log", [nodes.add("ReduceSum", [shares, axis])])
    total = nodes.add("Add", [logarithm, largest])
    # Not Softmax: the rounded total of large likelihoods is part of scikit-learn's answer.
    probabilities = nodes.add("Exp", [nodes.add("Sub", [joint, total])])
    set_classes(nodes, operator, probabilities, number, index=choose_largest(nodes, joint))


def _add_columns(nodes: NodeBuilder, terms: str, first: int, count: int) -> str:
    """Return the sums over *count* columns of the last axis, [n, k], in the order of numpy."""
    if count > _LARGEST_BLOCK:
        half = count // 2 - count // 2 % _LANES
        parts = ((first, half), (first + half, count - half))
        return nodes.add("Add", [_add_columns(nodes, terms, *part) for part in parts])
    in_lanes = count - count % _LANES
    rest = _select(nodes, terms, range(first + in_lanes, first + count))
    if not in_lanes:
        return _add_in_order(nodes, rest)
    lanes = _select(nodes, terms, range(first, first + in_lanes))
    shape = nodes.constant(np.array([0, 0, -1, _LANES]))
    sums = _add_in_order(nodes, nodes.add("Reshape", [lanes, shape]))
    sums = nodes.add("Reshape", [sums, nodes.constant(np.array([0, 0, *_PAIRS]))])
    for axis in (4, 3, 2):  # a sum of two numbers has only one order
        sums = nodes.add("ReduceSum", [sums, nodes.constant(np.array([axis]))], keepdims=0)
    if in_lanes == count:
        return sums
    sums = nodes.add("Unsqueeze", [sums, nodes.constant(np.array([2]))])
    return _add_in_order(nodes, nodes.add("Concat", [sums, rest], axis=2))


def _add_in_order(nodes: NodeBuilder, values: str) -> str:
    """Return the sums over the third axis."""
    sums = nodes.add("CumSum", [values, nodes.constant(np.array(2))])
    return nodes.add("Gather", [sums, nodes.constant(np.array(-1))], axis=2)


def _select(nodes: NodeBuilder, terms: str, columns: range) -> str:
    return nodes.add("Gather", [terms, nodes.constant(np.array(columns))], axis=2)
