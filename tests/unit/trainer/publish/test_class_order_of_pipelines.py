"""TRAINER_POSITIVE_LABEL may change the order of the classes of any pipeline that converts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnxruntime
import pytest
import xgboost
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from shared.contract.layout import ONNX_MODEL
from shared.store.store import ModelStore
from tests.support.models import outside, pipelines
from tests.support.stores.brought import bring
from tests.support.sweep import sweep

LINE, TREE = LogisticRegression(), DecisionTreeClassifier(max_depth=3, random_state=0)
TWO = [("line", LINE), ("tree", TREE)]
ESTIMATORS: dict[str, Callable[[], Any]] = {
    "calibrated": lambda: CalibratedClassifierCV(LINE),
    "calibrated by steps": lambda: CalibratedClassifierCV(GaussianNB(), method="isotonic"),
    "a soft vote": lambda: VotingClassifier(TWO, voting="soft"),
    "a hard vote": lambda: VotingClassifier(TWO),
    "stacked": lambda: StackingClassifier(TWO),
    "bagged": lambda: BaggingClassifier(TREE, 4, random_state=0),
    "boosted": lambda: AdaBoostClassifier(TREE, n_estimators=4, random_state=0),
    "one against the others": lambda: OneVsRestClassifier(LINE),
    "chosen": lambda: GridSearchCV(LINE, {"C": [0.1, 1.0]}),
    "with a threshold": lambda: FixedThresholdClassifier(LINE, threshold=0.3),
    "with a chosen threshold": lambda: TunedThresholdClassifierCV(LINE, cv=2, random_state=0),
    "without probabilities": RidgeClassifier,
    "forest": lambda: RandomForestClassifier(4, random_state=0),
    "histograms": lambda: HistGradientBoostingClassifier(max_iter=4),
    "network": lambda: MLPClassifier((4,), max_iter=30, solver="lbfgs", random_state=0),
    "vectors": SVC,
    "Bayes": GaussianNB,
    "XGBoost": lambda: xgboost.XGBClassifier(n_estimators=4),
    "LightGBM": lambda: lightgbm.LGBMClassifier(n_estimators=4, verbose=-1),
}
LABELS: dict[str, Any] = {
    "numbers": [0, 1],
    "other numbers": [1, 2],
    "strings": ["no", "yes"],
    "booleans": [False, True],
}


def test_a_threshold_keeps_the_class_that_it_is_for(store: ModelStore, tmp_path: Path) -> None:
    table = pipelines.words_table(120)
    rows, target = pipelines.split_target(table)
    scorer = make_scorer(f1_score, pos_label="no")
    chosen = TunedThresholdClassifierCV(LINE, scoring=scorer, cv=2, random_state=0)
    fixed = FixedThresholdClassifier(LINE, threshold=0.7, pos_label="no")
    for estimator in (chosen, fixed):
        bring(store, tmp_path / "in", estimator.fit(rows, target), table, positive_label="no")
        (candidate,) = store.candidates.ids()
        threshold = store.candidates.manifest(candidate).threshold
        assert threshold is not None
        assert threshold.label == "no"
        store.candidates.remove(candidate)


def test_the_indices_of_three_classes_are_translated_in_the_right_direction(
    store: ModelStore, tmp_path: Path
) -> None:
    """An order of two classes is its own inverse, this one is not."""
    table, names = outside.numbers_table(120, "three"), ("birch", "cedar", "ash")
    rows, target = pipelines.split_target(table)
    estimator = LogisticRegression().fit(rows, target.map(names.index))
    bring(store, tmp_path / "in", estimator, table, classes=names)
    labels, shares = run_candidate(store, rows)
    schema = ("ash", "birch", "cedar")
    assert [schema[label] for label in labels] == [names[i] for i in estimator.predict(rows)]
    assert np.allclose(shares, estimator.predict_proba(rows)[:, [2, 0, 1]], rtol=0, atol=1e-6)


def run_candidate(store: ModelStore, rows: Any) -> Any:
    """Return what onnxruntime gives for the rows by the only candidate."""
    (candidate,) = store.candidates.ids()
    model = (store.layout.candidate(candidate) / ONNX_MODEL).read_bytes()
    session = onnxruntime.InferenceSession(model)
    number = {"tensor(float)": np.float32, "tensor(double)": np.float64}
    (taken,) = session.get_inputs()
    found = session.run(None, {taken.name: rows.to_numpy().astype(number[taken.type])})
    return found[0].ravel().tolist(), found[1] if len(found) > 1 else None


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("make", sweep(ESTIMATORS, "calibrated", "a soft vote", "stacked"))
def test_a_pipeline_keeps_its_answers_when_its_classes_have_another_order(
    store: ModelStore, tmp_path: Path, make: Callable[[], Any], labels: Any
) -> None:
    if labels != [0, 1] and isinstance(estimator := make(), xgboost.XGBClassifier):
        pytest.skip(f"{type(estimator).__name__} takes only the labels 0 and 1")
    table = outside.boosted_table(120)
    table["y"] = np.array(labels, dtype=object if isinstance(labels[0], str) else None)[table["y"]]
    rows, target = pipelines.split_target(table)
    estimator = make().fit(rows, target)
    first = str(labels[0]).lower() if isinstance(labels[0], bool) else str(labels[0])
    bring(store, tmp_path / "in", estimator, table, "f1", positive_label=first)

    predicted, shares = run_candidate(store, rows)
    assert predicted == (estimator.predict(rows) == labels[0]).astype(int).tolist()
    if hasattr(estimator, "predict_proba"):
        expected = estimator.predict_proba(rows)[:, ::-1]
        assert np.allclose(shares, expected, rtol=0, atol=1e-5)
