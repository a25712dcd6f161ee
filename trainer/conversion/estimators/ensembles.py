"""Convert VotingClassifier, OneVsRestClassifier and StackingClassifier to ONNX.

The converters of skl2onnx 1.20 have these faults:

- a hard vote counts the largest probability, and for a classifier without probabilities always the
  first class; no issue reports it;
- weights as a list, and `flatten_transform=True`, are errors
  (https://github.com/onnx/sklearn-onnx/issues/867);
- OneVsRestClassifier compares probabilities instead of scores; no issue reports it;
- StackingClassifier gives two columns for a classifier without probabilities; no issue reports it.
"""

from typing import Any

import numpy as np
from onnx import TensorProto

from trainer.conversion.estimators.linear_scores import add_probabilities, add_scores
from trainer.conversion.nodes.estimator_outputs import (
    all_scores,
    choose_by_scores,
    choose_largest,
    set_classes,
    set_label,
    set_numbers,
)
from trainer.conversion.nodes.inner_estimators import (
    add_classifier,
    add_raw_scores,
    last_column,
    to_number_type,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder, number_type, tensor_type

_BINARY = 2


def convert_voting(scope: Any, operator: Any, container: Any) -> None:
    """Convert a VotingClassifier, as skl2onnx calls a converter. The sums are float64."""
    voting, nodes = operator.raw_operator, NodeBuilder(scope, container)
    weights = voting._weights_not_none  # noqa: SLF001 - nothing public
    weights = np.asarray(weights or [1.0] * len(voting.estimators_), dtype=np.float64)
    classes = nodes.constant(np.arange(len(voting.classes_))[None, :])
    votes = []
    for classifier, weight in zip(voting.estimators_, weights, strict=True):
        label, probabilities = add_classifier(scope, operator, classifier)
        if voting.voting == "hard":
            label = nodes.add("Reshape", [label, nodes.constant(np.array([-1, 1]))])
            probabilities = nodes.add("Equal", [label, classes])
        vote = nodes.add("Cast", [probabilities], to=TensorProto.DOUBLE)
        votes.append(nodes.add("Mul", [vote, nodes.constant(np.array(weight))]))
    total = votes[0]
    for vote in votes[1:]:
        total = nodes.add("Add", [total, vote])
    mean = nodes.add("Div", [total, nodes.constant(np.array(weights.sum()))])
    index = choose_largest(nodes, total if voting.voting == "hard" else mean)
    set_classes(nodes, operator, mean, index=index)


def convert_one_vs_rest(scope: Any, operator: Any, container: Any) -> None:
    """Convert a OneVsRestClassifier, as skl2onnx calls a converter."""
    one_vs_rest, nodes = operator.raw_operator, NodeBuilder(scope, container)
    number, _ = number_type(operator)
    estimators = one_vs_rest.estimators_
    seconds = []
    for estimator in estimators:
        _, second = add_classifier(scope, operator, estimator)
        second = to_number_type(nodes, operator, second)
        seconds.append(last_column(nodes, second, _BINARY))
    second = nodes.add("Concat", seconds, axis=1)
    scores = second
    has_probabilities = hasattr(one_vs_rest, "predict_proba")
    if has_probabilities and all(hasattr(estimator, "coef_") for estimator in estimators):
        scores = add_scores(nodes, operator, estimators)
    elif has_probabilities and all(hasattr(each, "decision_function") for each in estimators):
        margins = [add_raw_scores(scope, operator, container, each) for each in estimators]
        margins = [to_number_type(nodes, operator, each) for each in margins]
        margins = [last_column(nodes, each, _BINARY) for each in margins]
        scores = nodes.add("Concat", margins, axis=1)
    elif has_probabilities and len(estimators) == 1:
        half = nodes.constant(np.array(0.5, dtype=number))
        scores = nodes.add("Sub", [second, half])
    columns = len(estimators)
    set_label(nodes, operator, choose_by_scores(nodes, scores, columns, number))
    if has_probabilities:
        second = add_probabilities(nodes, second, columns, number, are_zeros_kept=True)
    elif columns == 1:
        second = all_scores(nodes, second)
    set_numbers(nodes, operator, second, number)


def convert_stacking(scope: Any, operator: Any, container: Any) -> None:
    """Convert a StackingClassifier, as skl2onnx calls a converter."""
    stacking, nodes = operator.raw_operator, NodeBuilder(scope, container)
    parts = []
    for estimator, method in zip(stacking.estimators_, stacking.stack_method_, strict=True):
        label, second = add_classifier(scope, operator, estimator)
        if method == "predict":
            label = nodes.add("Reshape", [label, nodes.constant(np.array([-1, 1]))])
            parts.append(to_number_type(nodes, operator, label))
            continue
        if method != "predict_proba" and hasattr(estimator, "predict_proba"):
            raise NotImplementedError(f"stack_method={method!r} has no converter; use 'auto'")
        part = to_number_type(nodes, operator, second)
        is_binary = len(estimator.classes_) == _BINARY
        parts.append(last_column(nodes, part, _BINARY) if is_binary else part)
    if stacking.passthrough:
        parts += [tensor.full_name for tensor in operator.inputs]
    final = stacking.final_estimator_
    merged = scope.declare_local_variable("merged", tensor_type(operator, final.n_features_in_))
    nodes.add("Concat", parts, merged.full_name, axis=1)
    names = add_classifier(scope, operator, final, [merged])
    for name, output in zip(names, operator.outputs, strict=True):
        nodes.add("Identity", [name], output.full_name)
