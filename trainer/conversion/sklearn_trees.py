"""Convert scikit-learn's trees and forests to ONNX, one tree at a time.

Numbers are added in scikit-learn's type and order, so that labels are equal also where trees are
split evenly between classes. The converters of skl2onnx 1.20 add float32 instead, and

- lose the direction of missing values
  (https://github.com/onnx/sklearn-onnx/issues/1253, open fix: pull request 1254);
- loop over all nodes in Python, which is several times slower.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from trainer.conversion.leaf_vectors import add_vector_sums
from trainer.conversion.nodes.estimator_outputs import output_type, set_classes, set_numbers
from trainer.conversion.nodes.onnx_nodes import NodeBuilder
from trainer.conversion.tree_ensembles import Tree, add_trees, read_rows

_CLASSIFIERS = (
    *(RandomForestClassifier, ExtraTreesClassifier),
    *(DecisionTreeClassifier, ExtraTreeClassifier),
)
_REGRESSORS = (
    *(RandomForestRegressor, ExtraTreesRegressor),
    *(DecisionTreeRegressor, ExtraTreeRegressor),
)
_TWO = 2


def tree_converters(*, may_be_missing: bool, has_threshold: bool = False) -> dict[type, Any]:
    """Return the converters for skl2onnx, by estimator fitted on class indices or numbers.

    Unless values *may_be_missing*, trees omit the directions of missing values, because runtimes
    are faster without them. If a classifier *has_threshold*, its probabilities are float64.
    """
    classify = partial(
        _convert_classifier, may_be_missing=may_be_missing, has_threshold=has_threshold
    )
    return {
        **dict.fromkeys(_CLASSIFIERS, classify),
        **dict.fromkeys(_REGRESSORS, partial(_convert_regressor, may_be_missing=may_be_missing)),
    }


def read_tree(tree: Any, *, factor: float = 1.0, may_be_missing: bool = True) -> Tree:
    """Return a tree of scikit-learn with its first value of each leaf, times *factor*."""
    return Tree(
        left=tree.children_left,
        right=tree.children_right,
        feature=tree.feature,
        threshold=tree.threshold,
        missing_left=tree.missing_go_to_left * may_be_missing,
        leaf_values=factor * tree.value[tree.children_left < 0, 0, 0],
    )


def _convert_regressor(scope: Any, operator: Any, container: Any, *, may_be_missing: bool) -> None:
    nodes, estimators = NodeBuilder(scope, container), _trees(operator.raw_operator)
    trees = [read_tree(each, may_be_missing=may_be_missing) for each in estimators]
    rows = read_rows(nodes, operator, np.float32, np.float64)
    sums = add_trees(nodes, rows, trees, outputs=1, number=np.float64)
    set_numbers(nodes, operator, _mean(nodes, sums, len(trees), np.float64))


def _convert_classifier(
    scope: Any, operator: Any, container: Any, *, may_be_missing: bool, has_threshold: bool
) -> None:
    nodes, estimators = NodeBuilder(scope, container), _trees(operator.raw_operator)
    trees = [read_tree(each, may_be_missing=may_be_missing) for each in estimators]
    fractions = [each.value[each.children_left < 0, 0, :] for each in estimators]
    if all(np.isin(values, (0.0, 1.0)).all() for values in fractions):
        number = np.float64 if has_threshold else output_type(operator)
        votes = _add_votes(nodes, operator, trees, fractions)
        sums = votes if number is np.float32 else nodes.cast(votes, number)
    else:
        number = np.float64
        sums = add_vector_sums(nodes, operator, trees, fractions)
    set_classes(nodes, operator, _mean(nodes, sums, len(trees), number), number)


def _add_votes(
    nodes: NodeBuilder, operator: Any, trees: list[Tree], fractions: list[npt.NDArray[np.float64]]
) -> str:
    """Return the number of trees for each class, float32 [n, k], if every leaf has one class only.

    float32 counts exactly, and is smaller and needs no cast. For two classes, onnxruntime is faster
    if it counts only one of them.
    """
    rows, classes = read_rows(nodes, operator, np.float32), fractions[0].shape[1]
    votes = zip(trees, (values.argmax(axis=1) for values in fractions), strict=True)
    if classes != _TWO:
        counted = [replace(t, leaf_values=np.ones(len(each)), outputs=each) for t, each in votes]
        return add_trees(nodes, rows, counted, outputs=classes, number=np.float32)
    counted = [replace(tree, leaf_values=chosen) for tree, chosen in votes]
    positive = add_trees(nodes, rows, counted, outputs=1, number=np.float32)
    minuends = nodes.constant(np.array([[len(trees), 0]], dtype=np.float32))
    return nodes.add("Abs", [nodes.add("Sub", [minuends, positive])])


def _mean(nodes: NodeBuilder, sums: str, count: int, number: Any) -> str:
    if count == 1:
        return sums
    return nodes.add("Div", [sums, nodes.constant(np.array(count, dtype=number))])


def _trees(estimator: Any) -> list[Any]:
    return [each.tree_ for each in getattr(estimator, "estimators_", [estimator])]
