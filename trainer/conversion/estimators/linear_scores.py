"""Convert linear classifiers whose label follows from scores: SGD, Ridge, LinearSVC, Perceptron.

The converters of skl2onnx 1.20 have these faults; no issue reports them:

- SGDClassifier and OneVsRestClassifier take the label from probabilities, where two large scores
  are both 1.0; scikit-learn takes it from the scores;
- RidgeClassifier and LinearSVC fail for float64.
"""

from typing import Any

import numpy as np
from onnx import TensorProto

from trainer.conversion.nodes.onnx_nodes import NodeBuilder, join_columns, number_type


def convert_linear_scores(scope: Any, operator: Any, container: Any) -> None:
    """Convert a linear classifier, as skl2onnx calls a converter.

    The second output are probabilities, or scores for a classifier without probabilities.
    """
    classifier = operator.raw_operator
    nodes, (number, _) = NodeBuilder(scope, container), number_type(operator)
    scores = add_scores(nodes, operator, [classifier])
    columns = len(np.atleast_1d(classifier.intercept_))
    label, second = (output.full_name for output in operator.outputs)
    add_label(nodes, scores, columns, label)
    needs_scores = container.get_options(classifier, {"raw_scores": False})["raw_scores"]
    if needs_scores or not hasattr(classifier, "predict_proba"):
        add_score_columns(nodes, scores, columns, second)
        return
    is_huber = getattr(classifier, "loss", "") == "modified_huber"
    probability = _huber_probability if is_huber else add_logistic
    each = probability(nodes, scores, number)
    add_probabilities(nodes, each, columns, number, second)


def add_scores(nodes: NodeBuilder, operator: Any, classifiers: list[Any]) -> str:
    """Add the scores of linear classifiers, one column for each row of their coefficients."""
    number, _ = number_type(operator)
    coefficients = np.concatenate([np.atleast_2d(each.coef_) for each in classifiers]).T
    intercepts = np.concatenate([np.atleast_1d(each.intercept_) for each in classifiers])
    values = join_columns(nodes, operator)
    product = nodes.add("MatMul", [values, nodes.constant(coefficients.astype(number))])
    return nodes.add("Add", [product, nodes.constant(intercepts.astype(number))])


def add_score_columns(nodes: NodeBuilder, scores: str, columns: int, output: str) -> None:
    """Add the scores of all classes; a single score is that of the second class."""
    if columns == 1:
        scores = nodes.add("Concat", [nodes.add("Neg", [scores]), scores], axis=1)
    nodes.add("Identity", [scores], output)


def add_label(nodes: NodeBuilder, scores: str, columns: int, output: str) -> None:
    """Add the class of the largest score; a single score is that of the second class."""
    if columns > 1:
        nodes.add("ArgMax", [scores], output, axis=1, keepdims=0)
        return
    zero = nodes.add("CastLike", [nodes.constant(np.zeros(1, dtype=np.float32)), scores])
    is_second = nodes.add("Cast", [nodes.add("Greater", [scores, zero])], to=TensorProto.INT64)
    nodes.add("Reshape", [is_second, nodes.constant(np.array([-1]))], output)


def add_logistic(nodes: NodeBuilder, scores: str, number: Any) -> str:
    """Return 1 / (1 + exp(-score)) with the relative precision of the number.

    onnxruntime's Sigmoid is wrong by 2e-4 of the value at -10, and 0 below about -17 in float32 and
    -37 in float64. A division by the sum over all classes makes this visible.
    """
    one = nodes.constant(np.ones(1, dtype=number))
    small = nodes.add("Exp", [nodes.add("Neg", [nodes.add("Abs", [scores])])])
    total = nodes.add("Add", [one, small])
    zero = nodes.constant(np.zeros(1, dtype=number))
    is_negative = nodes.add("Less", [scores, zero])
    return nodes.add("Div", [nodes.add("Where", [is_negative, small, one]), total])


def add_probabilities(
    nodes: NodeBuilder,
    each: str,
    columns: int,
    number: Any,
    output: str,
    *,
    are_zeros_kept: bool = False,
) -> None:
    """Add the probabilities of all classes from one for each column, which need not sum to 1.

    If all are zero, they become equal, or stay zero if *are_zeros_kept*.
    """
    one = nodes.constant(np.ones(1, dtype=number))
    if columns == 1:
        nodes.add("Concat", [nodes.add("Sub", [one, each]), each], output, axis=1)
        return
    axis = nodes.constant(np.array([1]))
    total = nodes.add("ReduceSum", [each, axis], keepdims=1)
    is_zero = nodes.add("Equal", [total, nodes.constant(np.zeros(1, dtype=number))])
    share = nodes.add("Div", [each, nodes.add("Where", [is_zero, one, total])])
    equal = nodes.constant(np.full(1, 0.0 if are_zeros_kept else 1.0 / columns, dtype=number))
    nodes.add("Where", [is_zero, equal, share], output)


def _huber_probability(nodes: NodeBuilder, scores: str, number: Any) -> str:
    """Return (clipped score + 1) / 2."""
    bounds = [nodes.constant(np.array(bound, dtype=number)) for bound in (-1.0, 1.0)]
    clipped = nodes.add("Clip", [scores, *bounds])
    half = nodes.constant(np.array(0.5, dtype=number))
    return nodes.add("Mul", [nodes.add("Add", [clipped, bounds[1]]), half])
