"""Set the outputs of a converted estimator: numbers, or labels and probabilities.

Labels follow from the numbers with which the library itself decides, so that they are equal also
where two classes are equally good: probabilities, or the margins of a booster.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from skl2onnx.common.data_types import DoubleTensorType

from trainer.conversion.nodes.onnx_nodes import NodeBuilder

_BINARY = 2
_CLEARLY_POSITIVE = 1e-3


def output_type(operator: Any) -> Any:
    """Return the type of numpy that the last output of *operator* must have."""
    return np.float64 if isinstance(operator.outputs[-1].type, DoubleTensorType) else np.float32


def set_numbers(nodes: NodeBuilder, operator: Any, numbers: str, number: Any = np.float64) -> None:
    """Set the last output of *operator* to a tensor of type *number*."""
    wanted, output = output_type(operator), operator.outputs[-1].full_name
    nodes.add("Identity", [numbers if number is wanted else nodes.cast(numbers, wanted)], output)


def set_classes(
    nodes: NodeBuilder,
    operator: Any,
    probabilities: str,
    number: Any = np.float64,
    *,
    index: str | None = None,
) -> None:
    """Set both outputs of a classifier.

    The label is the class with *index*, int64 [n]; without it, the first class with the largest
    probability, as numpy's argmax gives it.
    """
    set_label(nodes, operator, index or choose_largest(nodes, probabilities))
    set_numbers(nodes, operator, probabilities, number)


def set_label(nodes: NodeBuilder, operator: Any, index: str) -> None:
    """Set the first output of a classifier to the classes with *index*, int64 [n]."""
    classes = np.asarray(operator.raw_operator.classes_, dtype=np.int64)
    if not np.array_equal(classes, np.arange(len(classes))):
        index = nodes.add("Gather", [nodes.constant(classes), index], axis=0)
    nodes.add("Identity", [index], operator.outputs[0].full_name)


def set_classes_of_margins(
    nodes: NodeBuilder, operator: Any, margins: str, index: str, *, is_raw: bool
) -> None:
    """Set both outputs of a booster that sums float64: the classes with *index*.

    The second output are the margins of all classes if *is_raw*, and probabilities otherwise.
    """
    is_binary = len(operator.raw_operator.classes_) == _BINARY
    if is_raw:
        scores = all_scores(nodes, margins) if is_binary else margins
    elif is_binary:
        scores = logistic(nodes, margins)
    else:
        scores = nodes.add("Softmax", [margins], axis=1)
    set_classes(nodes, operator, scores, index=index)


def is_raw(operator: Any, container: Any) -> bool:
    """Return whether another converter wants margins instead of probabilities."""
    return bool(container.get_options(operator.raw_operator, {"raw_scores": False})["raw_scores"])


def choose_largest(nodes: NodeBuilder, scores: str) -> str:
    """Return class indices, int64 [n]: the first class with the largest score."""
    return nodes.add("ArgMax", [scores], axis=1, keepdims=0)


def choose_positive(
    nodes: NodeBuilder, margins: str, threshold: Any, comparison: str = "Greater"
) -> str:
    """Return class indices, int64 [n]: 1 where the margin, [n, 1], exceeds the *threshold*."""
    is_positive = nodes.add(comparison, [margins, nodes.constant(threshold)])
    column = nodes.constant(np.array([1]))
    return nodes.cast(nodes.add("Squeeze", [is_positive, column]), np.int64)


def choose_by_scores(nodes: NodeBuilder, scores: str, columns: int, number: Any) -> str:
    """Return class indices, int64 [n], for scores of type *number*.

    A single column is the score of the second class.
    """
    if columns > 1:
        return choose_largest(nodes, scores)
    return choose_positive(nodes, scores, np.array(0.0, dtype=number))


def all_scores(nodes: NodeBuilder, scores: str) -> str:
    """Return the scores of both classes, [n, 2], for those of the second one, [n, 1]."""
    return nodes.add("Concat", [nodes.add("Neg", [scores]), scores], axis=1)


def logistic(nodes: NodeBuilder, margins: str, number: Any = np.float64) -> str:
    """Return the probabilities of both classes, [n, 2], for the margins of the second, [n, 1].

    Softmax is exact also for tiny probabilities, and onnxruntime's Sigmoid is not.
    """
    factors = nodes.constant(np.array([[0.0, 1.0]], dtype=number))
    return nodes.add("Softmax", [nodes.add("Mul", [margins, factors])], axis=1)


def largest_negative_margin(is_positive: Callable[[Any], Any], number: Any) -> Any:
    """Return the largest margin whose class is not positive, as an array of type *number*.

    It may be more than 0, since the probability of a small margin is rounded to one half.
    """
    low, high = number(0.0), number(_CLEARLY_POSITIVE)
    while (middle := number((low + high) / number(2.0))) not in {low, high}:
        low, high = (low, middle) if is_positive(middle) else (middle, high)
    return np.array(low)
