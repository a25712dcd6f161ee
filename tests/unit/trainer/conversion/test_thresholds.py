"""A classifier with a threshold of its own is served with that threshold."""

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Perceptron, RidgeClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.errors import ExportError
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.stores.trained import trained
from tests.support.sweep import sweep
from tests.support.tables.mixed_table import CATEGORIES, NUMBERS, parts_of, schema_of
from tests.support.tables.tables import two_blobs
from trainer.candidates.candidate_table import Candidate
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Splits, split_dataset
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import FittedCandidate, TrialContext, run_trial

pytestmark = pytest.mark.usefixtures("_few_generated_rows")
DATA = two_blobs(600, distance=1.0)
PARTS = split_dataset(DATA, "")
FAR = np.random.default_rng(1).normal(scale=4.0, size=(3000, 2))


def fixed(classifier: Any, threshold: Any, **options: Any) -> Any:
    return FixedThresholdClassifier(classifier, threshold=threshold, **options)


def tuned(classifier: Any, **options: Any) -> Any:
    return TunedThresholdClassifierCV(
        classifier, **{"scoring": "f1", "cv": 3, "thresholds": 9} | options
    )


def fit(estimator: Any, parts: Splits = PARTS, schema: DataSchema = DATA.schema) -> FittedCandidate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = TrialContext(parts, schema, "accuracy", 42)
        trial = run_trial(Candidate("it", estimator), {}, context)
    assert trial.fitted is not None, trial.result.error
    return trial.fitted


def export(
    estimator: Any, parts: Splits = PARTS, schema: DataSchema = DATA.schema
) -> tuple[ExportedCandidate, PipelineServable]:
    fitted = fit(estimator, parts, schema)
    exported = export_candidate(fitted, schema, parts, allow_joblib=False)
    return exported, PipelineServable(fitted.pipeline, schema)


LINEAR = LogisticRegression()
CLASSIFIERS = {
    "tuned": tuned(LINEAR),
    "tuned for the first class": tuned(LINEAR, scoring=make_scorer(f1_score, pos_label=0)),
    "tuned by scores": tuned(LINEAR, response_method="decision_function"),
    "fixed": fixed(LINEAR, 0.3),
    "fixed for the first class": fixed(LINEAR, 0.3, pos_label=0),
    "fixed by scores": fixed(LINEAR, 0.7, response_method="decision_function"),
    "fixed by scores of the first class": fixed(
        LINEAR, 0.7, pos_label=0, response_method="decision_function"
    ),
    "never reached": fixed(LINEAR, 1.5),
    "of a forest with ties": fixed(RandomForestClassifier(10), 0.3),
    "of a tree": fixed(DecisionTreeClassifier(max_depth=3), 0.2),
    "of a histogram booster": tuned(HistGradientBoostingClassifier(max_iter=10)),
    "of a booster by scores": fixed(
        GradientBoostingClassifier(n_estimators=10), 0.4, response_method="decision_function"
    ),
    "of probabilities that are calibrated": tuned(CalibratedClassifierCV(LinearSVC(), cv=2)),
    "of naive Bayes": tuned(GaussianNB()),
    "of a linear machine": fixed(LinearSVC(), 0.4),
    "of a linear machine for the first class": fixed(LinearSVC(), 0.4, pos_label=0),
    "of a ridge": fixed(RidgeClassifier(), 0.2),
    "of a perceptron": fixed(Perceptron(), 0.2, pos_label=0),
    "of a kernel": fixed(SVC(), 0.2),
    "around a pipeline": tuned(make_pipeline(StandardScaler(), LINEAR)),
    "last in a pipeline": make_pipeline(StandardScaler(), tuned(LINEAR)),
    "of trees behind a step": make_pipeline(
        StandardScaler(), fixed(RandomForestClassifier(20), 0.4)
    ),
    "around a search": tuned(GridSearchCV(LINEAR, {"C": [0.1, 1.0]}, cv=2)),
    "in a search": GridSearchCV(fixed(LINEAR, 0.5), {"threshold": [0.2, 0.4]}, cv=2),
    "around a vote": tuned(VotingClassifier([("a", LINEAR), ("b", GaussianNB())], voting="soft")),
    "in another threshold": fixed(tuned(LINEAR), 0.1),
}
DAILY = (
    *("tuned", "fixed by scores of the first class", "never reached", "of a forest with ties"),
    *("of a linear machine", "of trees behind a step", "in a search"),
)


@pytest.mark.parametrize("estimator", sweep(CLASSIFIERS, *DAILY))
def test_labels_are_those_of_the_fitted_classifier(estimator: Any) -> None:
    exported, pipeline = export(estimator)
    for rows in (DATA.rows, FAR):
        expected, found = pipeline.predict(rows), exported.servable.predict(rows)
        np.testing.assert_array_equal(found.values, expected.values)
        if expected.probabilities is not None:
            assert found.probabilities is not None
            np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)


def test_the_label_is_not_the_most_probable_class() -> None:
    exported, _ = export(fixed(LINEAR, 0.1))
    found = exported.servable.predict(DATA.rows)
    assert found.probabilities is not None
    below = (found.probabilities[:, 1] > 0.1) & (found.probabilities[:, 1] < 0.5)
    assert below.any()
    assert (found.values[below] == 1).all()


@pytest.mark.parametrize("outermost", [True, False])
def test_numbers_and_categories_pass_an_encoder_inside_or_before(outermost: bool) -> None:
    columns = make_column_transformer(
        (SimpleImputer(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), CATEGORIES)
    )
    classifier = LogisticRegression(max_iter=500)
    estimator = (
        tuned(make_pipeline(columns, classifier))
        if outermost
        else make_pipeline(columns, tuned(classifier))
    )
    exported, pipeline = export(estimator, parts_of(2), schema_of(2))
    rows = parts_of(2).train.rows
    np.testing.assert_array_equal(
        exported.servable.predict(rows).values, pipeline.predict(rows).values
    )


@pytest.mark.parametrize(
    ("estimator", "reason"),
    [
        (
            VotingClassifier([("a", fixed(LINEAR, 0.2)), ("b", GaussianNB())]),
            "a threshold inside of VotingClassifier has no converter; put VotingClassifier into",
        ),
        (
            fixed(AdaBoostClassifier(), 0.4, response_method="decision_function"),
            "response_method='decision_function' of AdaBoostClassifier has no converter; use",
        ),
    ],
)
def test_other_thresholds_are_refused_with_one_sentence(estimator: Any, reason: str) -> None:
    with pytest.raises(ExportError, match=reason.replace("(", r"\(")):
        export(estimator)


def test_the_gate_promotes_it_and_reproduces_its_score(store: ModelStore) -> None:
    candidate_id = trained(store, DATA, fixed(LINEAR, 0.2))
    gatekeeper_of(store, GatePolicy(metric="accuracy")).poll()
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None
    assert decision.outcome == "promoted"
    assert {"score-reproduced", "golden-rows-reproduced"} <= {
        check.name for check in decision.checks if check.passed
    }
