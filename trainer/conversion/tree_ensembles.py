"""Add trees to an ONNX model: one node for an ensemble, with attributes built from arrays.

Every threshold is rounded down to float32. So for every float32 value, `value <= threshold` gives
the same result before and after rounding. Rounding to the nearest float32 could give the next
larger value, and that value would change sides.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, numpy_helper
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

from trainer.conversion.onnx_nodes import NodeBuilder

_DOMAIN = "ai.onnx.ml"


@dataclass(frozen=True)
class Tree:
    """One tree as arrays with a value for each node. The first node is the root."""

    left: npt.NDArray[Any]
    """The child if the condition is true; negative for a leaf."""
    right: npt.NDArray[Any]
    feature: npt.NDArray[Any]
    threshold: npt.NDArray[np.floating[Any]]
    missing_left: npt.NDArray[Any]
    """Whether a missing value goes left."""
    weights: npt.NDArray[np.floating[Any]]
    """Shape [leaves, outputs]: the term that a leaf adds to each output, in the order of nodes."""
    output: int = 0
    """Index of the first output that the tree adds to."""


@dataclass(frozen=True)
class Ensemble:
    """Trees whose weights are summed, and the transform of the sums."""

    trees: Iterable[Tree]
    mode: str = "BRANCH_LEQ"
    base: tuple[float, ...] = ()
    """Initial values of the sums: one for each output, or none."""
    transform: str = "NONE"
    """LOGISTIC or SOFTMAX for a classifier; EXP for a regressor."""
    reads_double: bool = False
    """Whether the estimator compares float64 input as float64; otherwise as float32."""


def add_ensemble(scope: Any, operator: Any, container: Any, ensemble: Ensemble) -> None:
    """Add a node that returns classes and probabilities, or for a regressor one number."""
    classes = getattr(operator.raw_operator, "classes_", None)
    kind, attributes = "target", dict[str, Any](n_targets=1)
    if classes is not None:
        kind, attributes = "class", {"classlabels_int64s": [int(label) for label in classes]}
    is_double = isinstance(operator.inputs[0].type, DoubleTensorType)
    number = np.float64 if is_double and ensemble.reads_double else np.float32
    columns: dict[str, list[npt.NDArray[Any]]] = defaultdict(list)
    for index, tree in enumerate(ensemble.trees):
        for name, values in _attributes(tree, index, ensemble.mode, kind, number).items():
            columns[name].append(values)
    if ensemble.base:
        columns["base_values"] = [np.array(ensemble.base, dtype=number)]
    attributes |= {name: np.concatenate(arrays) for name, arrays in columns.items()}
    attributes = dict(_encode_attribute(name, values) for name, values in attributes.items())
    name = "TreeEnsembleClassifier" if kind == "class" else "TreeEnsembleRegressor"
    outputs = [output.full_name for output in operator.outputs]
    score, *labels = reversed(outputs)
    is_exponent = ensemble.transform == "EXP"
    if is_double or is_exponent:
        score = scope.get_unique_variable_name("score")
    container.add_node(
        name,
        _float32_input(scope, operator, container)
        if number is np.float32
        else operator.input_full_names,
        [*labels, score],
        op_domain=_DOMAIN,
        op_version=1 if number is np.float32 else 3,
        name=scope.get_unique_operator_name(name),
        post_transform="NONE" if is_exponent else ensemble.transform,
        **attributes,
    )
    nodes = NodeBuilder(scope, container)
    if is_exponent:
        score = nodes.add("Exp", [score], None if is_double else outputs[-1])
    if is_double:  # the node itself gives float32
        nodes.add("Cast", [score], outputs[-1], to=TensorProto.DOUBLE)


def round_down_to_float32(thresholds: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """Return the largest float32 that is at most each threshold."""
    nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > thresholds, below, nearest)


def _encode_attribute(name: str, values: Any) -> tuple[str, Any]:
    """Encode an attribute for its operator: a list, a float32 array, or a float64 tensor."""
    if not isinstance(values, np.ndarray) or values.dtype == np.float32:
        return name, values
    if values.dtype == np.float64:
        return f"{name}_as_tensor", numpy_helper.from_array(values, name)
    return name, values.tolist()


def _float32_input(scope: Any, operator: Any, container: Any) -> list[str]:
    """Return the node's input in float32."""
    (name,) = operator.input_full_names
    if isinstance(operator.inputs[0].type, FloatTensorType):
        return [name]
    return [NodeBuilder(scope, container).add("Cast", [name], to=TensorProto.FLOAT)]


def _attributes(
    tree: Tree, index: int, mode: str, kind: str, number: type[np.floating[Any]]
) -> dict[str, npt.NDArray[Any]]:
    """Return the attributes of the operator for one tree, as arrays."""
    is_leaf = tree.left < 0
    leaves = np.flatnonzero(is_leaf)
    nodes, width = len(is_leaf), tree.weights.shape[1]

    def per_node(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return np.where(is_leaf, 0, values)

    thresholds = tree.threshold if number is np.float64 else round_down_to_float32(tree.threshold)
    return {
        "nodes_treeids": np.full(nodes, index),
        "nodes_nodeids": np.arange(nodes),
        "nodes_featureids": per_node(tree.feature),
        "nodes_modes": np.where(is_leaf, "LEAF", mode),
        "nodes_values": per_node(thresholds).astype(number),
        "nodes_truenodeids": per_node(tree.left),
        "nodes_falsenodeids": per_node(tree.right),
        "nodes_missing_value_tracks_true": per_node(tree.missing_left.astype(np.int64)),
        "nodes_hitrates": np.ones(nodes, dtype=number),
        f"{kind}_treeids": np.full(len(leaves) * width, index),
        f"{kind}_nodeids": np.repeat(leaves, width),
        f"{kind}_ids": np.tile(np.arange(tree.output, tree.output + width), len(leaves)),
        f"{kind}_weights": tree.weights.ravel().astype(number),
    }
