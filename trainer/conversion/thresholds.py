"""Convert TunedThresholdClassifierCV and FixedThresholdClassifier, which have a threshold.

The converter of skl2onnx 1.20 for the first ignores the threshold; no issue reports that. It has
none for the second. So the classifier inside is converted, and the label follows from its score.
The score is compared in float64, because a threshold may be equal to the score of many rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from scipy.special import expit
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.model_selection._search import BaseSearchCV  # the base class has no public name
from sklearn.pipeline import Pipeline

from shared.contract.threshold import LabelThreshold
from shared.errors import ExportError

_WITH_THRESHOLD = (FixedThresholdClassifier, TunedThresholdClassifierCV)
_LOGISTIC = (
    *(LogisticRegression, SGDClassifier, LinearDiscriminantAnalysis),
    *(GradientBoostingClassifier, HistGradientBoostingClassifier),
)
"""Classifiers whose probability is the logistic function of their decision function."""
_LEAST_OPSET = 9
"""The first operator set in which Less compares float64."""


@dataclass(frozen=True)
class Threshold:
    """The rule for the label: it is *positive* if the score of that class reaches *score*."""

    score: float
    positive: int
    """The index of the class: 0 or 1."""


def split_threshold(pipeline: Any) -> tuple[Any, Threshold | None]:
    """Return the fitted pipeline with the classifier inside, and its threshold if it has one.

    Raises ExportError for a threshold that has no converter.
    """
    if isinstance(pipeline, BaseSearchCV):
        inner, threshold = split_threshold(pipeline.best_estimator_)
        return (inner, threshold) if threshold else (pipeline, None)
    if isinstance(pipeline, Pipeline):
        name, last = pipeline.steps[-1]
        inner, threshold = split_threshold(last)
        if threshold is None:
            return pipeline, None
        return Pipeline([*pipeline.steps[:-1], (name, inner)]), threshold
    if isinstance(pipeline, _WITH_THRESHOLD):
        inner, _ = split_threshold(pipeline.estimator_)
        return inner, _read_threshold(pipeline)
    if any(isinstance(part, _WITH_THRESHOLD) for part in pipeline.get_params().values()):
        raise ExportError(
            f"a threshold inside of {type(pipeline).__name__} has no converter; put "
            f"{type(pipeline).__name__} into the TunedThresholdClassifierCV instead"
        )
    return pipeline, None


def describe_threshold(pipeline: Any, classes: Sequence[str]) -> LabelThreshold | None:
    """Return the threshold of a fitted classifier for people; None without one.

    One on other numbers than probabilities is not described, nor one that is never reached.
    """
    try:
        _, threshold = split_threshold(pipeline)
    except ExportError:  # it can be served only as a pickle
        return None
    if threshold is None or not hasattr(pipeline, "predict_proba"):
        return None
    if not 0.0 <= threshold.score <= 1.0:
        return None
    return LabelThreshold(label=classes[threshold.positive], probability=threshold.score)


def apply_threshold(model: onnx.ModelProto, threshold: Threshold) -> None:
    """Compute the label of a converted classifier from its scores, in place."""
    graph = model.graph
    label, scores = (output.name for output in graph.output)
    for node in graph.node:
        if node.op_type == "ZipMap" and node.output[0] == scores:
            (scores,) = node.input
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [f"{label}_inside" if name == label else name for name in names]
    scores = _find_uncast(graph, scores)
    graph.initializer.extend(
        [
            onnx.numpy_helper.from_array(np.array(threshold.positive), "threshold_column"),
            onnx.numpy_helper.from_array(np.array(threshold.score), "threshold_value"),
        ]
    )
    value = scores

    def add(kind: str, *more: str, output: str = "", **attributes: Any) -> None:
        nonlocal value
        name = f"threshold_{len(graph.node)}"
        node = helper.make_node(kind, [value, *more], [output or name], name=name, **attributes)
        graph.node.append(node)
        (value,) = node.output

    add("Gather", "threshold_column", axis=1)
    add("Cast", to=TensorProto.DOUBLE)
    add("Less", "threshold_value")
    if threshold.positive:
        add("Not")
    add("Cast", to=TensorProto.INT64, output=label)
    _raise_opset(model)


def _find_uncast(graph: onnx.GraphProto, name: str) -> str:
    """Return a value before it is cast, with all its digits."""
    by_output = {output: node for node in graph.node for output in node.output}
    while name in by_output and by_output[name].op_type in {"Cast", "Identity"}:
        (name,) = by_output[name].input
    return name


def _read_threshold(classifier: Any) -> Threshold:
    fitted, method = classifier.estimator_, classifier.response_method
    if method == "auto":
        method = "predict_proba" if hasattr(fitted, "predict_proba") else "decision_function"
    if isinstance(classifier, TunedThresholdClassifierCV):
        score: Any = classifier.best_threshold_
        label = classifier._curve_scorer._get_pos_label()  # noqa: SLF001 - as its predict does
    else:
        score, label = classifier.threshold, classifier.pos_label
    if isinstance(score, str):  # "auto"
        score = 0.5 if method == "predict_proba" else 0.0
    if type(score) is float and type(_last_step(fitted)).__module__.startswith("xgboost."):
        score = np.float32(score)  # as NumPy does in a comparison with float32
    if method == "decision_function" and hasattr(fitted, "predict_proba"):
        last = _last_step(fitted)
        if not isinstance(last, _LOGISTIC):
            raise ExportError(
                f"response_method='decision_function' of {type(last).__name__} has no converter; "
                "use response_method='predict_proba'"
            )
        score = expit(score)
    positive = 1 if label is None else int(np.flatnonzero(fitted.classes_ == label)[0])
    return Threshold(float(score), positive)


def _last_step(fitted: Any) -> Any:
    while isinstance(fitted, (Pipeline, BaseSearchCV, *_WITH_THRESHOLD)):
        if isinstance(fitted, Pipeline):
            fitted = fitted.steps[-1][1]
        elif isinstance(fitted, BaseSearchCV):
            fitted = fitted.best_estimator_
        else:
            fitted = fitted.estimator_
    return fitted


def _raise_opset(model: onnx.ModelProto) -> None:
    standard = [entry for entry in model.opset_import if not entry.domain]
    if not standard:
        model.opset_import.append(helper.make_opsetid("", _LEAST_OPSET))
    for entry in standard:
        entry.version = max(entry.version, _LEAST_OPSET)
