"""Convert BaggingClassifier, BaggingRegressor and VotingRegressor to ONNX.

The converters of skl2onnx 1.20 have these faults; no issue reports them:

- BaggingClassifier fails for classifiers without probabilities, and for those that did not see all
  classes;
- weights of VotingRegressor as a list are an error.
"""

from typing import Any

import numpy as np

from trainer.conversion.nodes.estimator_outputs import set_classes, set_numbers
from trainer.conversion.nodes.inner_estimators import (
    add_classifier,
    add_regressor,
    select_columns,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, number_type


def convert_bagging_classifier(scope: Any, operator: Any, container: Any) -> None:
    """Convert a BaggingClassifier, as skl2onnx calls a converter.

    Its probabilities are the mean of those of its classifiers, or their shares of votes.
    """
    bagging, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)
    count = len(bagging.classes_)
    parts = []
    for classifier, columns in zip(bagging.estimators_, bagging.estimators_features_, strict=True):
        inputs = select_columns(scope, operator, nodes, columns)
        label, second = add_classifier(scope, operator, classifier, inputs)
        if not hasattr(classifier, "predict_proba"):
            label = nodes.add("Reshape", [label, nodes.constant(np.array([-1, 1]))])
            second = nodes.add("Equal", [label, nodes.constant(np.arange(count)[None, :])])
        second = nodes.cast(second, number)
        if hasattr(classifier, "predict_proba") and len(classifier.classes_) < count:
            second = _spread(nodes, second, classifier.classes_, count, number)
        parts.append(second)
    mean = _add_mean(nodes, parts, bagging.n_estimators, number)
    set_classes(nodes, operator, mean, number)


def convert_bagging_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert a BaggingRegressor, as skl2onnx calls a converter."""
    bagging, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)
    parts = []
    for regressor, columns in zip(bagging.estimators_, bagging.estimators_features_, strict=True):
        inputs = select_columns(scope, operator, nodes, columns)
        parts.append(_column(nodes, add_regressor(scope, operator, regressor, inputs), number))
    mean = _add_mean(nodes, parts, bagging.n_estimators, number)
    set_numbers(nodes, operator, mean, number)


def convert_voting_regressor(scope: Any, operator: Any, container: Any) -> None:
    """Convert a VotingRegressor, as skl2onnx calls a converter."""
    voting, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)
    weights = voting._weights_not_none  # noqa: SLF001 - nothing public
    weights = np.ones(len(voting.estimators_)) if weights is None else np.asarray(weights)
    parts = []
    for regressor, weight in zip(voting.estimators_, weights, strict=True):
        part = _column(nodes, add_regressor(scope, operator, regressor), number)
        parts.append(nodes.add("Mul", [part, nodes.constant(np.array(weight, dtype=number))]))
    mean = _add_mean(nodes, parts, weights.sum(), number)
    set_numbers(nodes, operator, mean, number)


def _add_mean(nodes: NodeBuilder, parts: list[str], divisor: Any, number: Any) -> str:
    """Add the parts in their order, as scikit-learn does, and divide the sum."""
    total = parts[0]
    for part in parts[1:]:
        total = nodes.add("Add", [total, part])
    return nodes.add("Div", [total, nodes.constant(np.array(divisor, dtype=number))])


def _column(nodes: NodeBuilder, numbers: str, number: Any) -> str:
    """Return numbers of the shape [n] or [n, 1] as [n, 1]."""
    shape = nodes.constant(np.array([-1, 1]))
    return nodes.cast(nodes.add("Reshape", [numbers, shape]), number)


def _spread(nodes: NodeBuilder, values: str, classes: Any, count: int, number: Any) -> str:
    """Return a column for each of the *count* classes; those that are not in *classes* are zero."""
    position = np.full(count, len(classes))
    position[np.asarray(classes, dtype=np.int64)] = np.arange(len(classes))
    zero = nodes.add("Mul", [_first(nodes, values), nodes.constant(np.zeros(1, dtype=number))])
    padded = nodes.add("Concat", [values, zero], axis=1)
    return nodes.add("Gather", [padded, nodes.constant(position)], axis=1)


def _first(nodes: NodeBuilder, values: str) -> str:
    return nodes.add("Gather", [values, nodes.constant(np.array([0]))], axis=1)
