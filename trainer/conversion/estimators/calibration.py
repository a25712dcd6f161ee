"""Convert CalibratedClassifierCV to ONNX.

The converter of skl2onnx 1.20 takes the nearest point of an isotonic curve instead of the line
between two points; no issue reports it.
"""

from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from trainer.conversion.estimators.linear_scores import add_logistic, add_probabilities
from trainer.conversion.nodes.estimator_outputs import set_classes
from trainer.conversion.nodes.inner_estimators import (
    add_classifier,
    add_raw_scores,
    to_number_type,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, number_type

_BINARY = 2


def convert_calibrated(scope: Any, operator: Any, container: Any) -> None:
    """Convert a CalibratedClassifierCV, as skl2onnx calls a converter.

    Its probabilities are the mean of those of its classifiers, each with its calibrators.
    """
    calibrated, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)
    if calibrated.method == "temperature":
        raise NotImplementedError("method='temperature' has no converter; use 'sigmoid'")
    parts = []
    for part in calibrated.calibrated_classifiers_:
        scores = _add_scores(scope, operator, container, part.estimator)
        columns = len(part.calibrators)
        each = [
            _calibrate(nodes, number, scores, calibrator, index + (columns == 1))
            for index, calibrator in enumerate(part.calibrators)
        ]
        joined = nodes.add("Concat", each, axis=1)
        parts.append(add_probabilities(nodes, joined, columns, number))
    total = nodes.add("Sum", parts)
    mean = nodes.add("Div", [total, nodes.constant(np.array(len(parts), dtype=number))])
    set_classes(nodes, operator, mean, number)


def _add_scores(scope: Any, operator: Any, container: Any, classifier: Any) -> str:
    """Add the classifier; return its scores, or its probabilities if it has no scores."""
    if hasattr(classifier, "decision_function") and hasattr(classifier, "predict_proba"):
        scores = add_raw_scores(scope, operator, container, classifier)
    else:
        _, scores = add_classifier(scope, operator, classifier)
    return to_number_type(NodeBuilder(scope, container), operator, scores)


def _calibrate(nodes: NodeBuilder, number: Any, scores: str, calibrator: Any, column: int) -> str:
    """Return the calibrated scores of one column, [n, 1]."""

    def constant(values: Any) -> str:
        return nodes.constant(np.asarray(values, dtype=number))

    score = nodes.add("Gather", [scores, nodes.constant(np.array([column]))], axis=1)
    if not isinstance(calibrator, IsotonicRegression):
        line = nodes.add("Mul", [score, constant([-calibrator.a_])])
        return add_logistic(nodes, nodes.add("Sub", [line, constant([calibrator.b_])]), number)
    x, y = calibrator.X_thresholds_, calibrator.y_thresholds_
    if len(x) == 1:
        return nodes.add("Add", [nodes.add("Mul", [score, constant([0.0])]), constant(y)])
    score = nodes.add("Clip", [score, constant(x[0]), constant(x[-1])])
    # The line to the right of each point but the last; the index is that of the line.
    is_beyond = nodes.add("Greater", [score, constant(x[None, 1:-1])])
    axis = nodes.constant(np.array([1]))
    count = nodes.add("ReduceSum", [nodes.cast(is_beyond, np.int64), axis], keepdims=1)
    start, base, slope = (
        nodes.add("Gather", [constant(values), count])
        for values in (x[:-1], y[:-1], np.diff(y) / np.diff(x))
    )
    rise = nodes.add("Mul", [nodes.add("Sub", [score, start]), slope])
    return nodes.add("Add", [base, rise])
