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

from trainer.conversion.tree_ensembles import Ensemble, Tree, add_ensemble

_XGBOOST = {
    "binary:logistic": "LOGISTIC",
    "multi:softprob": "SOFTMAX",
    **dict.fromkeys(("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"), "NONE"),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie"), "EXP"),
}
_LIGHTGBM = {
    "binary sigmoid:1": "LOGISTIC",
    "multiclass": "SOFTMAX",
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape"), "NONE"),
    **dict.fromkeys(("poisson", "gamma", "tweedie"), "EXP"),
}
_TO_MARGIN: dict[str, Any] = {
    "LOGISTIC": lambda share: np.log(share / (1.0 - share)),
    "EXP": np.log,
}


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
                options={"zipmap": [True, False], "nocl": [True, False]} if is_classifier else None,
            )


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
    base = np.broadcast_to(base, outputs)
    model = booster["model"]
    trees = (
        _xgboost_tree(tree, output)
        for tree, output in zip(model["trees"], model["tree_info"], strict=True)
    )
    ensemble = Ensemble(trees, "BRANCH_LT", base=tuple(base.tolist()), transform=link)
    add_ensemble(scope, operator, container, ensemble)


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
        weights=values[left < 0][:, None],
        output=output,
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
    ensemble = Ensemble(trees, transform=link, reads_double=True)
    add_ensemble(scope, operator, container, ensemble)


def _lightgbm_tree(root: dict[str, Any], output: int) -> Tree:
    nodes = list(_flatten(root))
    indices = {id(node): index for index, node in enumerate(nodes)}

    def children(side: str) -> Any:
        return np.array([indices.get(id(node.get(side)), -1) for node in nodes])

    return Tree(
        left=children("left_child"),
        right=children("right_child"),
        feature=np.array([node.get("split_feature", 0) for node in nodes]),
        threshold=np.array([node.get("threshold", 0.0) for node in nodes]),
        missing_left=np.array([_missing_goes_left(node) for node in nodes]),
        weights=np.array([[node["leaf_value"]] for node in nodes if "leaf_value" in node]),
        output=output,
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
