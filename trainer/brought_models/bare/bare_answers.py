"""Read the answers of the bare model in Python, so that those of the wrapped one can be proved."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.inference.servable import Predictions
from shared.text import join_some
from trainer.brought_models.bare.bare_model import Output
from trainer.brought_models.bare.class_order import ClassOrder, read_labels
from trainer.brought_models.bare.output_plan import OutputPlan
from trainer.brought_models.bare.unfit_model import UnfitModelError


def read_answers(plan: OutputPlan, outputs: Sequence[Output]) -> Predictions:
    """Return the predictions that the outputs of the bare model mean.

    Raises UnfitModelError for a label that is not a class of the data.
    """
    if plan.order is None:
        assert plan.numbers is not None  # noqa: S101 - a regression has numbers
        values = np.asarray(outputs[plan.numbers], dtype=np.float64)
        return Predictions(values.reshape(len(values)), None)
    scores = None if plan.numbers is None else _read_scores(plan, plan.order, outputs[plan.numbers])
    probabilities = None if scores is None else _read_probabilities(plan, scores)
    if plan.label is not None:
        return Predictions(_index_labels(plan.order, outputs[plan.label]), probabilities)
    assert scores is not None  # noqa: S101 - without a label there are numbers
    return Predictions(_best(plan, scores), probabilities)


def _read_scores(plan: OutputPlan, order: ClassOrder, output: Output) -> npt.NDArray[Any]:
    """Return the numbers in the order of the classes; of one score, that of the second class."""
    if plan.is_map:
        values = np.array([list(row.values()) for row in output])
    else:
        values = np.asarray(output).reshape(len(output), -1)
    return values if plan.width == 1 else values[:, list(order.columns)]


def _read_probabilities(plan: OutputPlan, scores: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    values = scores.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # exp of a large logit
        if plan.width == 1:
            assert plan.order is not None  # noqa: S101 - these are probabilities
            share = values if plan.kind == "probabilities" else 1 / (1 + np.exp(-values))
            pair = np.concatenate([1 - share, share], axis=1)
            return pair[:, list(plan.order.columns)]
        if plan.kind == "probabilities":
            return values
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _best(plan: OutputPlan, scores: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    if plan.width > 1:
        return np.asarray(scores.argmax(axis=1), dtype=np.int64)
    assert plan.order is not None  # noqa: S101 - these are classes
    middle = 0.5 if plan.kind == "probabilities" else 0.0
    is_second = (scores[:, 0] > scores.dtype.type(middle)).astype(np.int64)
    columns: npt.NDArray[np.int64] = np.array(plan.order.columns, dtype=np.int64)
    return np.asarray(columns[is_second])


def _index_labels(order: ClassOrder, output: Output) -> npt.NDArray[np.int64]:
    known = {label: index for index, label in enumerate(order.labels)}
    labels = read_labels(output)
    if unknown := {*labels} - known.keys():
        raise UnfitModelError(
            f"The model gives the labels {join_some(sorted(map(repr, unknown)))}, which no class "
            f"of the target has; its classes are {join_some([*map(repr, order.labels)])}."
        )
    return np.array([known[label] for label in labels], dtype=np.int64)
