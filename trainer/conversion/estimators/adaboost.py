"""Convert AdaBoostClassifier to ONNX; the converter of skl2onnx 1.20 fails for float64."""

from typing import Any

import numpy as np

from trainer.conversion.nodes.estimator_outputs import (
    all_scores,
    choose_by_scores,
    is_raw,
    set_classes,
)
from trainer.conversion.nodes.inner_estimators import add_classifier
from trainer.conversion.nodes.onnx_nodes import NodeBuilder

_BINARY = 2


def convert_adaboost(scope: Any, operator: Any, container: Any) -> None:
    """Convert an AdaBoostClassifier, as skl2onnx calls a converter. The sums are float64."""
    booster, nodes = operator.raw_operator, NodeBuilder(scope, container)
    count = len(booster.classes_)
    classes = nodes.constant(np.arange(count)[None, :])
    total = ""
    weights = booster.estimator_weights_[: len(booster.estimators_)]
    for classifier, weight in zip(booster.estimators_, weights, strict=True):
        label, _ = add_classifier(scope, operator, classifier)
        label = nodes.add("Reshape", [label, nodes.constant(np.array([-1, 1]))])
        gain, loss = (nodes.constant(np.array(w)) for w in (weight, -1.0 / (count - 1) * weight))
        vote = nodes.add("Where", [nodes.add("Equal", [label, classes]), gain, loss])
        total = nodes.add("Add", [total, vote]) if total else vote
    scores = nodes.add("Div", [total, nodes.constant(np.array(booster.estimator_weights_.sum()))])
    if count == _BINARY:  # the first class counts against the second one
        signs = nodes.constant(np.array([[-1.0], [1.0]]))
        scores = nodes.add("MatMul", [scores, signs])
    columns = 1 if count == _BINARY else count
    index = choose_by_scores(nodes, scores, columns, np.float64)
    second = all_scores(nodes, scores) if columns == 1 else scores
    if not is_raw(operator, container):
        share = nodes.constant(np.array(1.0 / (2.0 if columns == 1 else count - 1.0)))
        second = nodes.add("Softmax", [nodes.add("Mul", [second, share])], axis=1)
    set_classes(nodes, operator, second, index=index)
