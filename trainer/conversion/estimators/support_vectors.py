"""Convert SVC, NuSVC, SVR and NuSVR to ONNX as products of matrices.

The operators of ONNX for them compute only in float32, where the powers of far values overflow.
Their scores have other signs and shapes than scikit-learn's.
"""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.conversion.nodes.estimator_outputs import (
    all_scores,
    choose_by_scores,
    choose_largest,
    set_label,
    set_numbers,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, join_columns, number_type

_BINARY = 2
_KERNELS = ("linear", "rbf", "poly", "sigmoid")


def convert_support_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert an SVR or NuSVR, as skl2onnx calls a converter."""
    machine, nodes = operator.raw_operator, _Nodes(scope, operator, container)
    product = nodes.add(
        "MatMul", [_add_kernel(nodes, operator), nodes.number(_dense(machine.dual_coef_).T)]
    )
    nodes.add("Add", [product, nodes.number(machine.intercept_)], operator.outputs[0].full_name)


def convert_support_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert an SVC or NuSVC, as skl2onnx calls a converter."""
    machine, nodes = operator.raw_operator, _Nodes(scope, operator, container)
    if machine.probability is True:
        raise NotImplementedError("probability=True has no converter; use CalibratedClassifierCV")
    classes = len(machine.classes_)
    pairs = list(combinations(range(classes), _BINARY))
    coefficients = nodes.number(_pair_coefficients(machine, pairs))
    product = nodes.add("MatMul", [_add_kernel(nodes, operator), coefficients])
    decisions = nodes.add("Add", [product, nodes.number(machine.intercept_)])
    if classes == _BINARY:
        set_label(nodes, operator, choose_by_scores(nodes, decisions, 1, nodes.type))
        set_numbers(nodes, operator, all_scores(nodes, decisions), nodes.type)
        return
    votes = _add_votes(nodes, decisions, pairs, classes)
    scores = _add_scores(nodes, decisions, votes, pairs, classes)
    set_label(nodes, operator, choose_largest(nodes, scores if machine.break_ties else votes))
    set_numbers(nodes, operator, scores, nodes.type)


class _Nodes(NodeBuilder):
    """Nodes whose numbers have the type of the operator's input."""

    def __init__(self, scope: Any, operator: Any, container: Any) -> None:
        super().__init__(scope, container)
        self.type, _ = number_type(operator)

    def number(self, values: Any) -> str:
        return self.constant(np.ascontiguousarray(values, dtype=self.type))


def _pair_coefficients(machine: Any, pairs: Any) -> npt.NDArray[np.float64]:
    """Return the weights of the support vectors in the decision of each pair of classes."""
    dual = _dense(machine.dual_coef_)
    if len(pairs) == 1:
        return dual.T
    owner = np.repeat(np.arange(len(machine.n_support_)), machine.n_support_)
    columns = [
        np.where(owner == first, dual[second - 1], np.where(owner == second, dual[first], 0.0))
        for first, second in pairs
    ]
    return np.column_stack(columns)


def _add_votes(nodes: _Nodes, decisions: str, pairs: Any, classes: int) -> str:
    """Give each pair's vote to its first class if the decision is above 0."""
    signs, lost = np.zeros((len(pairs), classes)), np.zeros(classes)
    for index, (first, second) in enumerate(pairs):
        signs[index, first], signs[index, second] = 1.0, -1.0
        lost[second] += 1.0
    zero = nodes.number([0.0])
    is_first = nodes.add("Greater", [decisions, zero])
    won = nodes.cast(is_first, nodes.type)
    return nodes.add("Add", [nodes.add("MatMul", [won, nodes.number(signs)]), nodes.number(lost)])


def _add_scores(nodes: _Nodes, decisions: str, votes: str, pairs: Any, classes: int) -> str:
    """Add the scores of decision_function: votes, and the sums of decisions to break ties."""
    signs = np.zeros((len(pairs), classes))
    for index, (first, second) in enumerate(pairs):
        signs[index, first], signs[index, second] = 1.0, -1.0
    sums = nodes.add("MatMul", [decisions, nodes.number(signs)])
    size = nodes.add("Add", [nodes.add("Abs", [sums]), nodes.number([1.0])])
    size = nodes.add("Mul", [size, nodes.number([3.0])])
    return nodes.add("Add", [votes, nodes.add("Div", [sums, size])])


def _add_kernel(nodes: _Nodes, operator: Any) -> str:
    """Add the kernel of the rows and the support vectors, [n, vectors]."""
    machine, values = operator.raw_operator, join_columns(nodes, operator)
    vectors = _dense(machine.support_vectors_)
    if machine.kernel not in _KERNELS:
        raise NotImplementedError(f"kernel={machine.kernel!r} has no converter")
    gamma = nodes.number([machine._gamma])  # noqa: SLF001 - nothing public
    if machine.kernel == "rbf":
        distances = _add_squared_distances(nodes, values, vectors)
        return nodes.add("Exp", [nodes.add("Neg", [nodes.add("Mul", [distances, gamma])])])
    kernel = nodes.add("MatMul", [values, nodes.number(vectors.T)])
    if machine.kernel == "linear":
        return kernel
    offset = nodes.number([machine.coef0])
    kernel = nodes.add("Add", [nodes.add("Mul", [kernel, gamma]), offset])
    if machine.kernel == "sigmoid":
        return nodes.add("Tanh", [kernel])
    return nodes.add("Pow", [kernel, nodes.number([machine.degree])])


def _add_squared_distances(nodes: _Nodes, values: str, vectors: Any) -> str:
    """Add the squared distances, from the centre of the vectors so that few digits are lost."""
    centre = vectors.mean(axis=0)
    values = nodes.add("Sub", [values, nodes.number(centre)])
    vectors = vectors - centre
    axis = nodes.constant(np.array([1]))
    squares = nodes.add("ReduceSum", [nodes.add("Mul", [values, values]), axis], keepdims=1)
    products = nodes.add("MatMul", [values, nodes.number(-2.0 * vectors.T)])
    own = nodes.number((vectors**2).sum(axis=1))
    distances = nodes.add("Add", [nodes.add("Add", [products, own]), squares])
    return nodes.add("Relu", [distances])


def _dense(values: Any) -> npt.NDArray[np.float64]:
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)
