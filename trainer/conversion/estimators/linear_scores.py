"""Convert linear classifiers and regressors to ONNX.

The converters of skl2onnx 1.20 have these faults; no other issue reports them:

- SGDClassifier and OneVsRestClassifier take the label from probabilities, where two large scores
  are both 1.0; scikit-learn takes it from the scores;
- RidgeClassifier and LinearSVC fail for float64;
- LogisticRegression and Ridge of float64 need up to three times as many nodes;
- LinearDiscriminantAnalysis is wrong for two classes (1116).
"""

from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from trainer.conversion.nodes.estimator_outputs import (
    all_scores,
    choose_by_scores,
    choose_largest,
    is_raw,
    set_classes,
    set_label,
    set_numbers,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, join_columns, number_type


def convert_linear_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert a linear regressor, as skl2onnx calls a converter."""
    nodes, (number, _) = NodeBuilder(scope, container), number_type(operator)
    set_numbers(nodes, operator, add_scores(nodes, operator, [operator.raw_operator]), number)


def convert_linear_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert a linear classifier, as skl2onnx calls a converter.

    The second output are probabilities, or scores for a classifier without probabilities.
    """
    classifier = operator.raw_operator
    nodes, (number, _) = NodeBuilder(scope, container), number_type(operator)
    columns = len(np.atleast_1d(classifier.intercept_))
    has_probabilities = hasattr(classifier, "predict_proba") and not is_raw(operator, container)
    if has_probabilities and _has_softmax(classifier, columns):
        scores = add_scores(nodes, operator, [classifier], has_first=columns > 1)
        probabilities = nodes.add("Softmax", [scores], axis=1)
        index = choose_largest(nodes, scores)
        set_classes(nodes, operator, probabilities, number, index=index)
        return
    scores = add_scores(nodes, operator, [classifier])
    set_label(nodes, operator, choose_by_scores(nodes, scores, columns, number))
    if has_probabilities:
        is_huber = classifier.loss == "modified_huber"
        each = (_huber_probability if is_huber else add_logistic)(nodes, scores, number)
        second = add_probabilities(nodes, each, columns, number)
    else:
        second = all_scores(nodes, scores) if columns == 1 else scores
    set_numbers(nodes, operator, second, number)


def _has_softmax(classifier: Any, columns: int) -> bool:
    """Return whether Softmax of the scores gives the probabilities.

    The logistic function of a score is Softmax of 0 and that score.
    """
    if isinstance(classifier, (LogisticRegression, LinearDiscriminantAnalysis)):
        return True
    return columns == 1 and classifier.loss == "log_loss"


def add_scores(
    nodes: NodeBuilder, operator: Any, models: list[Any], *, has_first: bool = True
) -> str:
    """Add the scores of linear models, one column for each row of their coefficients.

    Unless the first class *has_first* column of its own, a column of zeros comes first.
    """
    number, _ = number_type(operator)
    coefficients = np.concatenate([np.atleast_2d(each.coef_) for each in models])
    intercepts = np.concatenate([np.ravel(each.intercept_) for each in models])
    if not has_first:
        coefficients = np.concatenate((np.zeros_like(coefficients), coefficients))
        intercepts = np.concatenate(([0.0], intercepts))
    weights = nodes.constant(np.ascontiguousarray(coefficients.T, dtype=number))
    values = join_columns(nodes, operator)
    return nodes.add("Gemm", [values, weights, nodes.constant(intercepts.astype(number))])


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
    *,
    are_zeros_kept: bool = False,
) -> str:
    """Return the probabilities of all classes from one for each column, which need not sum to 1.

    If all are zero, they become equal, or stay zero if *are_zeros_kept*.
    """
    one = nodes.constant(np.ones(1, dtype=number))
    if columns == 1:
        return nodes.add("Concat", [nodes.add("Sub", [one, each]), each], axis=1)
    axis = nodes.constant(np.array([1]))
    total = nodes.add("ReduceSum", [each, axis], keepdims=1)
    is_zero = nodes.add("Equal", [total, nodes.constant(np.zeros(1, dtype=number))])
    share = nodes.add("Div", [each, nodes.add("Where", [is_zero, one, total])])
    equal = nodes.constant(np.full(1, 0.0 if are_zeros_kept else 1.0 / columns, dtype=number))
    return nodes.add("Where", [is_zero, equal, share])


def _huber_probability(nodes: NodeBuilder, scores: str, number: Any) -> str:
    """Return (clipped score + 1) / 2."""
    bounds = [nodes.constant(np.array(bound, dtype=number)) for bound in (-1.0, 1.0)]
    clipped = nodes.add("Clip", [scores, *bounds])
    half = nodes.constant(np.array(0.5, dtype=number))
    return nodes.add("Mul", [nodes.add("Add", [clipped, bounds[1]]), half])
