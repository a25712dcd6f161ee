"""Convert the trees of XGBoost and LightGBM to ONNX, from the JSON in which they save models.

onnxmltools has converters for these libraries. It is not used, because version 1.16.0

- refuses float64, which trees behind a scaler or an encoder need to be exact;
- rounds LightGBM's float64 thresholds to the nearest float32, so that rows change sides
  (https://github.com/onnx/onnxmltools/issues/708 reports changed predictions).

This module does not import the libraries: the module of the candidates table has done that.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from skl2onnx import update_registered_converter
from skl2onnx.common.shape_calculator import (
    calculate_linear_classifier_output_shapes,
    calculate_linear_regressor_output_shapes,
)

from trainer.conversion.nodes.estimator_outputs import (
    choose_largest,
    choose_positive,
    is_raw,
    largest_negative_margin,
    logistic,
    set_classes,
    set_classes_of_margins,
    set_numbers,
)
from trainer.conversion.nodes.onnx_nodes import NodeBuilder
from trainer.conversion.tree_ensembles import LESS, Tree, add_trees, constant_tree, read_rows

_XGBOOST = {
    "binary:logistic": "Sigmoid",
    "multi:softprob": "Softmax",
    **dict.fromkeys(("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"), ""),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), "Exp"),
}
"""Objective -> the function of the margins; "" for none."""
_LIGHTGBM = {
    "binary sigmoid:1": "Sigmoid",
    "multiclass": "Softmax",
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape"), ""),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "Exp"),
}
_TO_MARGIN: dict[str, Any] = {
    "Sigmoid": lambda share: -np.log(np.float32(1.0) / share - np.float32(1.0)),
    "Exp": np.log,
}

_ZERO_IN_LIGHTGBM = float(np.float32(1e-35))


def register_boosters() -> None:
    """Register the converters of the imported libraries with skl2onnx."""
    libraries = {"xgboost": ("XGB", _convert_xgboost), "lightgbm": ("LGBM", _convert_lightgbm)}
    for library, (prefix, convert) in libraries.items():
        module = sys.modules.get(library)
        for suffix in ("Classifier", "Regressor") if module else ():
            is_classifier = suffix == "Classifier"
            update_registered_converter(
                getattr(module, f"{prefix}{suffix}"),
                f"Modelgate{prefix}{suffix}",
                calculate_linear_classifier_output_shapes
                if is_classifier
                else calculate_linear_regressor_output_shapes,
                convert,
                overwrite=True,
                options=_options(getattr(module, f"{prefix}{suffix}")) if is_classifier else None,
            )


def _options(classifier: type) -> dict[str, list[bool]]:
    """Return the options of skl2onnx; scores are wanted where scikit-learn would take them."""
    names = ["zipmap", "nocl"]
    names += ["raw_scores"] if hasattr(classifier, "decision_function") else []
    return {name: [True, False] for name in names}


def _convert_xgboost(scope: Any, operator: Any, container: Any) -> None:
    estimator = operator.raw_operator
    learner = json.loads(estimator.get_booster().save_raw(raw_format="json"))["learner"]
    booster = learner["gradient_booster"]
    link = _link(_XGBOOST, learner["objective"]["name"])
    if booster["name"] != "gbtree" or not np.isnan(estimator.missing):
        raise NotImplementedError(
            f"booster={booster['name']!r}, missing={estimator.missing} has no converter"
        )
    base = np.atleast_1d(json.loads(learner["learner_model_param"]["base_score"]))
    base = _TO_MARGIN.get(link, np.asarray)(base.astype(np.float32))
    outputs = max(int(learner["learner_model_param"]["num_class"]), 1)
    first = [constant_tree(v, output) for output, v in enumerate(np.broadcast_to(base, outputs))]
    model = booster["model"]
    trees = map(_xgboost_tree, model["trees"], model["tree_info"])
    nodes = NodeBuilder(scope, container)
    margins = add_trees(
        nodes,
        read_rows(nodes, operator, np.float32),
        [*first, *trees],
        outputs=outputs,
        number=np.float32,
        comparison=LESS,
    )
    _set_xgboost_outputs(nodes, operator, margins, link)


def _set_xgboost_outputs(nodes: NodeBuilder, operator: Any, margins: str, link: str) -> None:
    """Set the outputs as XGBoost computes them, from sums of float32."""
    if link == "Sigmoid":
        threshold = largest_negative_margin(_is_positive_in_xgboost, np.float32)
        index = choose_positive(nodes, margins, threshold)
        both = logistic(nodes, margins, np.float32)
        set_classes(nodes, operator, both, np.float32, index=index)
    elif link == "Softmax":
        set_classes(nodes, operator, _softmax_of_xgboost(nodes, margins), np.float32)
    else:
        numbers = nodes.add(link, [margins]) if link else margins
        set_numbers(nodes, operator, numbers, np.float32)


def _is_positive_in_xgboost(margin: np.float32) -> bool:
    one, exponential = np.float32(1.0), np.exp(-margin, dtype=np.float32)
    return bool(one / (exponential + one) > np.float32(0.5))


def _softmax_of_xgboost(nodes: NodeBuilder, margins: str) -> str:
    """Return probabilities in float32, rounded where XGBoost rounds, so that ties are the same."""
    axis = nodes.constant(np.array([1]))
    largest = nodes.add("ReduceMax", [margins, axis])
    differences = nodes.cast(nodes.add("Sub", [margins, largest]), np.float64)
    terms = nodes.cast(nodes.add("Exp", [differences]), np.float32)
    sums = nodes.add("ReduceSum", [nodes.cast(terms, np.float64), axis])
    return nodes.add("Div", [terms, nodes.cast(sums, np.float32)])


def _xgboost_tree(tree: dict[str, Any], output: int) -> Tree:
    if any(tree["split_type"]):
        raise NotImplementedError("enable_categorical has no converter; put an encoder in front")
    left = np.array(tree["left_children"])
    # XGBoost writes float32 values with the fewest digits that identify them.
    values = np.array(tree["split_conditions"], dtype=np.float32)
    return Tree(
        left=left,
        right=np.array(tree["right_children"]),
        feature=np.array(tree["split_indices"]),
        threshold=values,
        missing_left=np.array(tree["default_left"]),
        leaf_values=values[left < 0],
        outputs=output,
    )


def _convert_lightgbm(scope: Any, operator: Any, container: Any) -> None:
    estimator = operator.raw_operator
    model = estimator.booster_.dump_model()
    objective = model["objective"]
    link = _link(_LIGHTGBM, "multiclass" if objective.startswith("multiclass ") else objective)
    if model.get("average_output") or estimator.get_params().get("linear_tree"):
        raise NotImplementedError("boosting_type='rf' and linear_tree have no converter")
    outputs = model["num_tree_per_iteration"]
    trees = (
        _lightgbm_tree(tree["tree_structure"], number % outputs)
        for number, tree in enumerate(model["tree_info"])
    )
    nodes = NodeBuilder(scope, container)
    rows = read_rows(nodes, operator, np.float64)
    margins = add_trees(nodes, rows, trees, outputs=outputs, number=np.float64)
    if not hasattr(estimator, "classes_"):
        set_numbers(nodes, operator, nodes.add(link, [margins]) if link else margins)
        return
    if link == "Sigmoid":
        threshold = largest_negative_margin(_is_positive_in_lightgbm, np.float64)
        index = choose_positive(nodes, margins, threshold)
    else:
        index = choose_largest(nodes, nodes.add("Softmax", [margins], axis=1))
    set_classes_of_margins(nodes, operator, margins, index, is_raw=is_raw(operator, container))


def _is_positive_in_lightgbm(margin: np.float64) -> bool:
    share = 1.0 / (1.0 + np.exp(-margin))
    return bool(share > 1.0 - share)


def _lightgbm_tree(root: dict[str, Any], output: int) -> Tree:
    nodes = list(_flatten(root))
    indices = {id(node): index for index, node in enumerate(nodes)}

    def children(side: str) -> Any:
        return np.array([indices.get(id(node.get(side)), -1) for node in nodes])

    thresholds = np.array([node.get("threshold", 0.0) for node in nodes])
    # LightGBM reads numbers from -1e-35 to 1e-35 as 0, also the one that equals this threshold.
    below_zero = np.nextafter(-_ZERO_IN_LIGHTGBM, -np.inf)
    return Tree(
        left=children("left_child"),
        right=children("right_child"),
        feature=np.array([node.get("split_feature", 0) for node in nodes]),
        threshold=np.where(thresholds == -_ZERO_IN_LIGHTGBM, below_zero, thresholds),
        missing_left=np.array([_missing_goes_left(node) for node in nodes]),
        leaf_values=np.array([node["leaf_value"] for node in nodes if "leaf_value" in node]),
        outputs=output,
    )


def _flatten(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if "leaf_value" not in node:
            stack += [node["left_child"], node["right_child"]]


def _missing_goes_left(node: dict[str, Any]) -> bool:
    """Return the direction of a missing value. Without one in the fit, LightGBM reads it as 0."""
    if "leaf_value" in node:
        return False
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        raise NotImplementedError(
            "categorical_feature and zero_as_missing have no converter; put an encoder in front"
        )
    if node["missing_type"] == "NaN":
        return bool(node["default_left"])
    return bool(node["threshold"] >= 0.0)


def _link(known: dict[str, str], objective: str) -> str:
    if objective not in known:
        raise NotImplementedError(f"objective={objective!r} has no converter")
    return known[objective]
