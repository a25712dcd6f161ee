"""Random forests to ONNX, a tree at a time.

skl2onnx's own converter goes node by node in Python and can take longer than the fit. This one
gives the same bytes by whole arrays; a test compares the two.
"""

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

_DOMAIN = "ai.onnx.ml"
_BRANCH, _LEAF = "BRANCH_LEQ", "LEAF"
_TWO = 2
_FLOATS = {"nodes_values", "nodes_hitrates", "class_weights"}


def convert_forest(scope: Any, operator: Any, container: Any) -> None:
    """A converter in skl2onnx's form, for forests fitted on class indices."""
    forest = operator.raw_operator
    columns: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)
    for number, estimator in enumerate(forest.estimators_):
        for name, values in _describe(estimator.tree_, number, len(forest.estimators_)).items():
            columns[name].append(values)
    attributes = {
        name: np.concatenate(parts) if name in _FLOATS else np.concatenate(parts).tolist()
        for name, parts in columns.items()
    }
    container.add_node(
        "TreeEnsembleClassifier",
        operator.input_full_names,
        [output.full_name for output in operator.outputs],
        op_domain=_DOMAIN,
        op_version=1,
        name=scope.get_unique_operator_name("TreeEnsembleClassifier"),
        classlabels_int64s=[int(label) for label in forest.classes_],
        post_transform="NONE",
        **attributes,
    )


CONVERTERS = {RandomForestClassifier: convert_forest, ExtraTreesClassifier: convert_forest}


def _describe(tree: Any, number: int, trees: int) -> dict[str, npt.NDArray[Any]]:
    """One tree as the operator's attributes, an array for each."""
    is_leaf = tree.children_left < 0
    leaves = np.flatnonzero(is_leaf)
    weights = _leaf_weights(tree.value[leaves, 0, :], trees)
    width = weights.shape[1]

    def per_node(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.where(is_leaf, 0, values)

    return {
        "nodes_treeids": np.full(tree.node_count, number),
        "nodes_nodeids": np.arange(tree.node_count),
        "nodes_featureids": per_node(tree.feature),
        "nodes_modes": np.where(is_leaf, _LEAF, _BRANCH),
        "nodes_values": per_node(_as_float32(tree.threshold)).astype(np.float32),
        "nodes_truenodeids": per_node(tree.children_left),
        "nodes_falsenodeids": per_node(tree.children_right),
        "nodes_missing_value_tracks_true": np.zeros(tree.node_count, dtype=np.int64),
        "nodes_hitrates": np.ones(tree.node_count, dtype=np.float32),
        "class_treeids": np.full(len(leaves) * width, number),
        "class_nodeids": np.repeat(leaves, width),
        "class_ids": np.tile(np.arange(width), len(leaves)),
        "class_weights": weights.ravel(),
    }


def _leaf_weights(values: npt.NDArray[np.float64], trees: int) -> npt.NDArray[np.float32]:
    """Shape [leaves, classes], or [leaves, 1] for two classes: the positive one says it all."""
    totals = np.add.accumulate(values, axis=1)[:, -1:]
    totals[totals == 0.0] = 1.0
    weights = values * ((1.0 / trees) / totals)
    return (weights[:, 1:] if weights.shape[1] == _TWO else weights).astype(np.float32)


def _as_float32(thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The largest float32 not above each: a float32 is below one where it is below the other."""
    nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > thresholds, below, nearest)
