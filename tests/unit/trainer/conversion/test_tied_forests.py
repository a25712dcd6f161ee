"""A served forest gives the label and the numbers of scikit-learn, also where trees are split."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from shared.contract.documents import Feature
from shared.inference.dataframe import to_frame
from shared.inference.feature_encoding import UNSEEN
from tests.support.sweep import sweep
from tests.unit.trainer.conversion.served_model import (
    assert_served_as_fitted,
    converted,
    operators,
    served,
)
from trainer.conversion.to_onnx import Precision, to_onnx
from trainer.dataset.dataset import DataSchema

RANDOM = np.random.default_rng(0)
ROWS: npt.NDArray[np.float64] = RANDOM.integers(0, 6, (300, 4)).astype(np.float64)
NOISY = ROWS[:, 0] - ROWS[:, 1] + RANDOM.normal(size=len(ROWS)) * 3.0
ASKED: npt.NDArray[np.float64] = np.vstack(
    (ROWS, RANDOM.integers(-1, 8, (3_000, 4)), RANDOM.uniform(-1, 7, (1_000, 4)))
)

TREES = {str(trees): trees for trees in (2, 20, 22, 28, 36, 40, 44, 48, 50, 60)}


def classes(count: int) -> npt.NDArray[np.int64]:
    """Return a target that the rows predict badly, so that trees disagree."""
    return np.digitize(NOISY, np.quantile(NOISY, np.linspace(0, 1, count + 1)[1:-1]))


def ties(estimator: Any) -> npt.NDArray[np.intp]:
    """Return the rows for which the two best classes are equally probable."""
    in_order = np.sort(estimator.predict_proba(ASKED), axis=1)
    return np.flatnonzero(in_order[:, -1] - in_order[:, -2] < 1e-12)


@pytest.mark.parametrize("count", sweep({"2": 2, "3": 3}, "3"))
@pytest.mark.parametrize("trees", sweep(TREES, "2", "22"))
def test_the_first_class_wins_where_trees_are_split_evenly(trees: int, count: int) -> None:
    forest = RandomForestClassifier(trees, random_state=0).fit(ROWS, classes(count))

    assert len(ties(forest)) > 0
    assert_served_as_fitted(forest, ASKED)


FORESTS = {
    "one tree": RandomForestClassifier(1, random_state=0),
    "99 trees": RandomForestClassifier(99, random_state=0),
    "without bootstrap": RandomForestClassifier(20, bootstrap=False, max_features=1),
    "shallow": RandomForestClassifier(20, max_depth=2, random_state=0),
    "of large leaves": RandomForestClassifier(20, min_samples_leaf=4, random_state=0),
    "of roots": RandomForestClassifier(20, max_depth=1, min_samples_leaf=200, random_state=0),
    "weighted": RandomForestClassifier(20, class_weight={0: 1.0, 1: 1.5}, random_state=0),
    "balanced": RandomForestClassifier(20, class_weight="balanced_subsample", max_depth=3),
    "by entropy": RandomForestClassifier(20, criterion="entropy", max_depth=4, random_state=0),
    "extra trees": ExtraTreesClassifier(48, random_state=0),
    "extra trees by bootstrap": ExtraTreesClassifier(20, bootstrap=True, random_state=0),
    "shallow extra trees": ExtraTreesClassifier(22, max_depth=3, random_state=0),
    "tree": DecisionTreeClassifier(random_state=0),
    "shallow tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    "root": DecisionTreeClassifier(max_depth=1, min_samples_leaf=200),
    "extra tree": ExtraTreeClassifier(max_depth=4, random_state=0),
}
DAILY = ("weighted", "of roots", "extra trees by bootstrap")
COUNTS = {"2": 2, "3": 3, "5": 5}


@pytest.mark.parametrize("count", sweep(COUNTS, "3"))
@pytest.mark.parametrize("forest", sweep(FORESTS, *DAILY))
def test_every_kind_of_forest_is_served_as_fitted(forest: Any, count: int) -> None:
    forest = clone(forest).fit(ROWS, classes(count))

    assert_served_as_fitted(forest, ASKED)
    assert_served_as_fitted(make_pipeline(StandardScaler(), forest).fit(ROWS, classes(count)), ROWS)


def roots(*positive: int) -> RandomForestClassifier:
    """Return a forest of trees without branches, each with these tenths of the second class."""
    rows = ROWS[:10]
    forest = RandomForestClassifier(len(positive)).fit(rows, np.arange(10) % 2)
    forest.estimators_ = [
        DecisionTreeClassifier(max_depth=1, min_samples_leaf=10).fit(rows, np.arange(10) < count)
        for count in positive
    ]
    return forest


@pytest.mark.parametrize(
    ("tenths", "label"), [((1, 3, 9, 4, 7, 6), 1), ((9, 7, 1, 6, 3, 4), 0), ((1, 9), 0)]
)
def test_sums_that_differ_only_by_rounding_give_the_label_of_scikit_learn(
    tenths: tuple[int, ...], label: int
) -> None:
    forest = roots(*tenths)

    assert np.ptp(forest.predict_proba(ROWS[:1])) < 1e-15
    assert forest.predict(ROWS[:1]).tolist() == [label]
    assert_served_as_fitted(forest, ROWS[:2])


@pytest.mark.parametrize("trees", [3, 7])
def test_vectors_of_leaves_are_added_in_several_steps(
    trees: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.conversion.leaf_vectors._TERMS_OF_A_ROW", 9)
    forest = RandomForestClassifier(trees, max_depth=3, random_state=0).fit(ROWS, classes(3))

    assert operators(converted(forest)).count("TreeEnsemble") == -(-trees // 3)
    assert_served_as_fitted(forest, ASKED)


OF_NUMBERS = {
    "random": RandomForestRegressor(20, random_state=0),
    "by absolute error": RandomForestRegressor(
        5, criterion="absolute_error", max_depth=3, random_state=0
    ),
    "extra trees": ExtraTreesRegressor(20, random_state=0),
    "tree": DecisionTreeRegressor(random_state=0),
    "root": DecisionTreeRegressor(max_depth=1, min_samples_leaf=200),
    "extra tree": ExtraTreeRegressor(random_state=0),
}


@pytest.mark.parametrize("forest", sweep(OF_NUMBERS, "extra trees", "root"))
def test_a_forest_of_numbers_is_served_as_fitted(forest: Any) -> None:
    assert_served_as_fitted(forest.fit(ROWS, NOISY + 100.0), ASKED)


def test_values_at_a_threshold_and_beside_it_go_where_they_go_in_scikit_learn() -> None:
    rows = RANDOM.normal(size=(200, 1))
    forest = RandomForestClassifier(20, random_state=0).fit(rows, rows[:, 0] > 0.3)
    thresholds = np.concatenate([each.tree_.threshold for each in forest.estimators_])
    near = thresholds.astype(np.float32)
    beside = [np.nextafter(near, np.float32(side)) for side in (-np.inf, np.inf)]

    assert_served_as_fitted(forest, np.concatenate((near, *beside))[:, None].astype(np.float64))


@pytest.mark.parametrize("depth", [None, 3])
def test_missing_values_go_where_they_go_in_scikit_learn(depth: int | None) -> None:
    rows, asked = (np.where(RANDOM.random(x.shape) < 0.2, np.nan, x) for x in (ROWS, ASKED))
    forest = RandomForestClassifier(20, max_depth=depth, random_state=0).fit(rows, classes(2))

    assert_served_as_fitted(forest, asked)


def test_a_category_that_an_encoder_makes_missing_goes_where_it_goes_in_scikit_learn() -> None:
    features = (
        Feature(name="size", type="number"),
        Feature(name="colour", type="category", categories=("blue", "green", "red")),
    )
    rows = np.column_stack((RANDOM.normal(size=200), np.arange(200.0) % 3))
    asked = np.column_stack((RANDOM.normal(size=200), np.full(200, UNSEEN)))
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = make_column_transformer((encoder, ["colour"]), remainder="passthrough")
    pipeline = make_pipeline(columns, RandomForestClassifier(20, random_state=0))
    pipeline.fit(to_frame(rows, features), (rows[:, 0] > 0) & (rows[:, 1] == 2))
    schema = DataSchema("classification", features, ("no", "yes"))

    model = to_onnx(pipeline, schema, Precision.WIDE, has_probabilities=True)

    wanted = pipeline.predict_proba(to_frame(asked, features))
    assert np.abs(np.asarray(served(model, asked).probabilities) - wanted).max() < 1e-6


def test_classes_need_not_be_numbered_from_zero() -> None:
    forest = RandomForestClassifier(20, random_state=0).fit(ROWS, classes(3) * 2 + 1)

    assert set(served(converted(forest), ASKED).values) == {1, 3, 5}
    assert_served_as_fitted(forest, ASKED)


@pytest.mark.parametrize("count", [2, 3])
def test_a_forest_of_pure_leaves_has_each_leaf_once_and_counts_in_float32(count: int) -> None:
    forest = RandomForestClassifier(20, random_state=0).fit(ROWS, classes(count))
    rows, target = np.unique(ROWS, axis=0, return_index=True)
    forest.fit(rows, classes(count)[target])  # equal rows of different classes are not pure

    model = onnx.load_from_string(converted(forest))

    (node,) = [node for node in model.graph.node if node.op_type == "TreeEnsemble"]
    weights = {attribute.name: attribute.t for attribute in node.attribute}["leaf_weights"]
    assert weights.data_type == onnx.TensorProto.FLOAT
    assert weights.dims[0] == sum(each.tree_.n_leaves for each in forest.estimators_)
    assert ("ai.onnx.ml", 5) in [(entry.domain, entry.version) for entry in model.opset_import]
    onnx.checker.check_model(model)
