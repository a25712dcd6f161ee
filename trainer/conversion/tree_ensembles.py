"""Add trees to an ONNX model: one node `TreeEnsemble` of ai.onnx.ml 5, built from arrays.

onnxruntime adds the values of a row's leaves in the order of the trees, in the type of the
thresholds. So the sums have the same bits as in a library that adds in this order and type.
ADR 23 says why this operator was chosen.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import numpy_helper
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

from trainer.conversion.nodes.onnx_nodes import NodeBuilder
from trainer.conversion.nodes.operator_sets import ACCEPTED, DOMAIN

LESS_OR_EQUAL, LESS = 0, 1
"""The comparisons of a value with a threshold, as numbers of the operator."""
_Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Tree:
    """One tree as arrays with a value for each node. The first node is the root."""

    left: npt.NDArray[Any]
    """The child if the comparison is true; negative for a leaf."""
    right: npt.NDArray[Any]
    feature: npt.NDArray[Any]
    threshold: npt.NDArray[np.floating[Any]]
    missing_left: npt.NDArray[Any]
    """Whether a missing value goes left."""
    leaf_values: npt.NDArray[Any]
    """Shape [leaves]: the term that a leaf adds to an output, in the order of nodes."""
    outputs: npt.NDArray[Any] | int = 0
    """Index of the output that a leaf adds to: for each leaf, or one for all."""


def constant_tree(value: float, output: int) -> Tree:
    """Return a tree with one leaf, which adds the same value for every row."""
    leaf, zero = np.array([-1]), np.array([0])
    return Tree(leaf, leaf, zero, zero, zero, np.array([value]), output)


def add_trees(
    nodes: NodeBuilder,
    rows: str,
    trees: Iterable[Tree],
    *,
    outputs: int,
    number: type[np.floating[Any]],
    comparison: int = LESS_OR_EQUAL,
) -> str:
    """Add the node; return the name of its sums, of type *number* and shape [n, outputs].

    The tensor *rows* must have the type *number* too.
    """
    parts = defaultdict[str, list[npt.NDArray[Any]]](list)
    first_node = first_leaf = 0
    for tree in trees:
        for name, values in _attributes(tree, first_node, first_leaf).items():
            parts[name].append(values)
        first_node += len(parts["nodes_featureids"][-1])
        first_leaf += len(tree.leaf_values)
    arrays = {name: np.concatenate(values) for name, values in parts.items()}
    if not arrays["nodes_missing_value_tracks_true"].any():
        del arrays["nodes_missing_value_tracks_true"]  # onnxruntime is faster without them
    thresholds = arrays.pop("nodes_splits")
    tensors = {
        "nodes_splits": thresholds if number is np.float64 else round_down_to_float32(thresholds),
        "nodes_modes": np.full(len(thresholds), comparison, dtype=np.uint8),
        "leaf_weights": arrays.pop("leaf_weights").astype(number),
    }
    return nodes.add(
        "TreeEnsemble",
        [rows],
        op_domain=DOMAIN,
        op_version=ACCEPTED,
        n_targets=outputs,
        **{name: values.tolist() for name, values in arrays.items()},
        **{name: numpy_helper.from_array(values, name) for name, values in tensors.items()},
    )


def read_rows(nodes: NodeBuilder, operator: Any, *types: type[np.floating[Any]]) -> str:
    """Return the operator's input, cast to each of the types in turn where that is needed."""
    (name,) = operator.input_full_names
    known = {FloatTensorType: np.float32, DoubleTensorType: np.float64}
    current: Any = known.get(type(operator.inputs[0].type))
    for type_ in types:
        if current is not type_:
            name, current = nodes.cast(name, type_), type_
    return str(name)


def round_down_to_float32(thresholds: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """Return the largest float32 that is at most each threshold.

    So for every float32 value, `value <= threshold` gives the same result as before. The nearest
    float32 may be the next larger value, and that value would change sides.
    """
    nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > thresholds, below, nearest)


def _attributes(tree: Tree, first_node: int, first_leaf: int) -> _Arrays:
    """Return the operator's attributes for one tree, whose nodes and leaves have these numbers."""
    is_leaf = tree.left < 0
    inner = np.flatnonzero(~is_leaf)
    number = np.where(
        is_leaf, first_leaf - 1 + np.cumsum(is_leaf), first_node - 1 + np.cumsum(~is_leaf)
    )
    children = {"true": tree.left[inner], "false": tree.right[inner]}
    if not len(inner):  # both children are the only leaf
        inner = np.array([0])
        children = dict.fromkeys(children, inner)
    return {
        "tree_roots": np.array([first_node]),
        "nodes_featureids": np.maximum(tree.feature[inner], 0),
        "nodes_splits": tree.threshold[inner],
        "nodes_missing_value_tracks_true": tree.missing_left[inner].astype(np.int64),
        **{f"nodes_{side}nodeids": number[nodes] for side, nodes in children.items()},
        **{f"nodes_{side}leafs": is_leaf[nodes].astype(int) for side, nodes in children.items()},
        "leaf_targetids": np.broadcast_to(tree.outputs, tree.leaf_values.shape),
        "leaf_weights": tree.leaf_values,
    }
