"""Convert scikit-learn's boosters to ONNX, one tree at a time.

Values are added to the first prediction in float64 and in the order of the fit. The converters of
skl2onnx 1.20 add them in float32. They also round the thresholds of histogram boosters to the
nearest float32, so that rows change sides (https://github.com/onnx/sklearn-onnx/issues/1192).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

from trainer.conversion.nodes.estimator_outputs import (
    choose_largest,
    choose_positive,
    is_raw,
    set_classes_of_margins,
    set_numbers,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder
from trainer.conversion.sklearn_trees import read_tree
from trainer.conversion.tree_ensembles import Tree, add_trees, constant_tree, read_rows


def booster_converters() -> dict[type, Any]:
    """Return the converters for skl2onnx, by estimator fitted on class indices or numbers."""
    boosting = (GradientBoostingClassifier, GradientBoostingRegressor)
    histogram_boosting = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
    return {
        **dict.fromkeys(boosting, _convert_boosting),
        **dict.fromkeys(histogram_boosting, _convert_histogram_boosting),
    }


def _convert_boosting(scope: Any, operator: Any, container: Any) -> None:
    nodes, booster = NodeBuilder(scope, container), operator.raw_operator
    if booster.init not in {None, "zero"} or booster.loss == "exponential":
        raise NotImplementedError(f"init={booster.init!r}, loss={booster.loss!r} has no converter")
    trees = (
        replace(read_tree(each.tree_, factor=booster.learning_rate), outputs=output)
        for stage in booster.estimators_
        for output, each in enumerate(stage)
    )
    start = booster._raw_predict_init(np.zeros((1, booster.n_features_in_)))  # noqa: SLF001 - nothing public
    rows = read_rows(nodes, operator, np.float32, np.float64)
    margins = _add_margins(nodes, rows, start.ravel().tolist(), trees)
    if not hasattr(booster, "classes_"):
        set_numbers(nodes, operator, margins)
        return
    if start.size == 1:
        index = choose_positive(nodes, margins, np.array(0.0), "GreaterOrEqual")
    else:
        index = choose_largest(nodes, margins)
    set_classes_of_margins(nodes, operator, margins, index, is_raw=is_raw(operator, container))


def _convert_histogram_boosting(scope: Any, operator: Any, container: Any) -> None:
    nodes, booster = NodeBuilder(scope, container), operator.raw_operator
    if booster.is_categorical_ is not None:
        raise NotImplementedError(
            "categorical_features has no converter; put a OneHotEncoder or OrdinalEncoder in front"
        )
    start = np.ravel(booster._baseline_prediction).tolist()  # noqa: SLF001 - nothing public
    rows = read_rows(nodes, operator, np.float64)
    margins = _add_margins(nodes, rows, start, _histogram_trees(booster))
    if hasattr(booster, "classes_"):
        if len(start) == 1:
            index = choose_positive(nodes, margins, np.array(0.0))
        else:
            index = choose_largest(nodes, margins)
        set_classes_of_margins(nodes, operator, margins, index, is_raw=is_raw(operator, container))
        return
    is_log = type(booster._loss.link).__name__ == "LogLink"  # noqa: SLF001 - nothing public
    set_numbers(nodes, operator, nodes.add("Exp", [margins]) if is_log else margins)


def _add_margins(
    nodes: NodeBuilder, rows: str, start: Sequence[float], trees: Iterator[Tree]
) -> str:
    """Return the sums of the first prediction and all trees, float64 [n, outputs]."""
    first = [constant_tree(value, output) for output, value in enumerate(start)]
    return add_trees(nodes, rows, [*first, *trees], outputs=len(start), number=np.float64)


def _histogram_trees(booster: Any) -> Iterator[Tree]:
    for iteration in booster._predictors:  # noqa: SLF001 - nothing public
        for output, predictor in enumerate(iteration):
            nodes = predictor.nodes
            is_leaf = nodes["is_leaf"].astype(bool)
            yield Tree(
                left=np.where(is_leaf, -1, nodes["left"].astype(np.int64)),
                right=nodes["right"].astype(np.int64),
                feature=nodes["feature_idx"].astype(np.int64),
                threshold=nodes["num_threshold"],
                missing_left=nodes["missing_go_to_left"],
                leaf_values=nodes["value"][is_leaf],
                outputs=output,
            )
