"""Turn the outputs of the model into those that a predictor takes: labels, then probabilities."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from trainer.brought_models.bare.class_order import ClassOrder
from trainer.brought_models.bare.output_plan import OutputPlan
from trainer.brought_models.graph_nodes import GraphNodes

ML = "ai.onnx.ml"
_FIRST_WITH_KEYS = 2
"""The version of ai.onnx.ml from which LabelEncoder has keys and values."""


def add_outputs(
    nodes: GraphNodes, plan: OutputPlan, names: list[str], is_wide: bool, ml_version: int
) -> list[onnx.ValueInfoProto]:
    """Add the nodes behind the outputs *names* of the model, and describe the new outputs.

    *is_wide* says whether the numbers are float64.
    """
    if plan.order is None:
        assert plan.numbers is not None  # noqa: S101 - a regression has numbers
        value = nodes.add("Reshape", [names[plan.numbers], nodes.integers(-1, 1)])
        number = TensorProto.DOUBLE if is_wide else TensorProto.FLOAT
        return [helper.make_tensor_value_info(value, number, [None, 1])]
    scores = None if plan.numbers is None else _add_scores(nodes, plan, names[plan.numbers])
    shares = None
    if scores is not None:
        shares = _add_probabilities(nodes, plan, plan.order, scores, is_wide=is_wide)
    if plan.label is not None:
        label = _add_label(nodes, plan.order, names[plan.label], ml_version)
    elif plan.width == 1 and plan.kind == "logits":
        assert scores is not None  # noqa: S101 - without a label there are numbers
        label = _add_sign(nodes, plan.order, scores, is_wide=is_wide)
    else:
        # Logits may differ where their probabilities are equal, and one score has two of them.
        best = shares if plan.width == 1 else scores
        assert best is not None  # noqa: S101 - as above
        label = nodes.add("ArgMax", [best], axis=1, keepdims=0)
    outputs = [helper.make_tensor_value_info(label, TensorProto.INT64, [None])]
    if shares is not None:
        if is_wide:
            shares = nodes.add("Cast", [shares], to=TensorProto.FLOAT)
        shape = [None, len(plan.order.columns)]
        outputs.append(helper.make_tensor_value_info(shares, TensorProto.FLOAT, shape))
    return outputs


def _add_scores(nodes: GraphNodes, plan: OutputPlan, numbers: str) -> str:
    """Add the numbers in the order of the classes; of one score, those of the second class."""
    assert plan.order is not None  # noqa: S101 - these are classes
    if plan.width == 1:
        if plan.is_column:
            return numbers
        return nodes.add("Reshape", [numbers, nodes.integers(-1, 1)])
    if plan.order.columns == tuple(range(plan.width)):
        return numbers
    return nodes.add("Gather", [numbers, nodes.integers(*plan.order.columns)], axis=1)


def _add_sign(nodes: GraphNodes, order: ClassOrder, scores: str, *, is_wide: bool) -> str:
    """Add the class of one logit: the second one if it is above 0."""
    limit = nodes.constant(np.array(0.0, dtype=np.float64 if is_wide else np.float32))
    flat = nodes.add("Reshape", [scores, nodes.integers(-1)])
    is_second = nodes.add("Greater", [flat, limit])
    if order.columns != (0, 1):
        is_second = nodes.add("Not", [is_second])
    return nodes.add("Cast", [is_second], to=TensorProto.INT64)


def _add_probabilities(
    nodes: GraphNodes, plan: OutputPlan, order: ClassOrder, scores: str, *, is_wide: bool
) -> str:
    """Add the probabilities of all classes, in the type of the scores."""
    if plan.kind == "logits":
        scores = (
            nodes.add("Softmax", [scores], axis=1)
            if plan.width > 1
            else nodes.add("Sigmoid", [scores])
        )
    if plan.width == 1:
        # One node for [1 - score, score] in the order of the classes.
        number = np.float64 if is_wide else np.float32
        factors = np.array([(-1, 1)], dtype=number)[:, list(order.columns)]
        terms = np.array((1, 0), dtype=number)[list(order.columns)]
        scores = nodes.add("Gemm", [scores, nodes.constant(factors), nodes.constant(terms)])
    return scores


def _add_label(nodes: GraphNodes, order: ClassOrder, label: str, ml_version: int) -> str:
    """Add the index of the class of each label."""
    flat = nodes.add("Reshape", [label, nodes.integers(-1)])
    if not isinstance(order.labels[0], str):
        flat = nodes.add("Cast", [flat], to=TensorProto.INT64)
        if order.labels == tuple(range(len(order.labels))):
            return flat
        return _add_integers(nodes, flat, [int(each) for each in order.labels])
    strings = [str(each) for each in order.labels]
    if 0 < ml_version < _FIRST_WITH_KEYS:
        return nodes.add("LabelEncoder", [flat], domain=ML, classes_strings=strings)
    indices = list(range(len(strings)))
    return nodes.add("LabelEncoder", [flat], domain=ML, keys_strings=strings, values_int64s=indices)


def _add_integers(nodes: GraphNodes, labels: str, known: list[int]) -> str:
    """Add the index of each integer, without an operator of ai.onnx.ml."""
    column = nodes.add("Reshape", [labels, nodes.integers(-1, 1)])
    is_known = nodes.add("Equal", [column, nodes.integers(*known)])
    number = nodes.add("Cast", [is_known], to=TensorProto.FLOAT)
    return nodes.add("ArgMax", [number], axis=1, keepdims=0)
