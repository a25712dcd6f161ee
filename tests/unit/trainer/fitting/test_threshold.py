"""With TRAINER_THRESHOLD, every candidate answers the positive class from a probability on."""

import re
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from shared.errors import CandidatesError
from tests.support.sweep import sweep
from tests.support.tables.tables import two_blobs
from tests.unit.trainer.conversion.served_model import served
from tests.unit.trainer.estimators import Unconvertible
from trainer.console import Console
from trainer.conversion.to_onnx import suitable_precisions, to_onnx
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import split_dataset
from trainer.export.export import export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import Trial, TrialContext

DATA = two_blobs(400, distance=1.0)
PARTS = split_dataset(DATA, "")
ASKED = np.random.default_rng(1).normal(scale=3.0, size=(2_000, 2))
LINEAR = LogisticRegression()
FOREST = RandomForestClassifier(10)
Numbers = npt.NDArray[Any]


def fitted(
    table: Mapping[str, Any], threshold: float | None, schema: DataSchema = DATA.schema
) -> list[Trial]:
    context = TrialContext(PARTS, schema, "f1", 42, threshold=threshold)
    return fit_candidates(table, context, Console(StringIO()))


def answers(
    estimator: Any, threshold: float | None, schema: DataSchema = DATA.schema
) -> tuple[list[int], Numbers, list[int]]:
    """Return labels and probabilities of the fitted pipeline, and labels of the converted model."""
    (trial,) = fitted({"it": estimator}, threshold, schema)
    assert trial.fitted is not None, trial.result.error
    pipeline = trial.fitted.pipeline
    precision = suitable_precisions(pipeline)[0]
    model = to_onnx(pipeline, schema, precision, has_probabilities=True)
    wanted = PipelineServable(pipeline, schema).predict(ASKED)
    assert wanted.probabilities is not None
    return wanted.values.tolist(), wanted.probabilities[:, 1], served(model, ASKED).values.tolist()


CLASSIFIERS = {
    "linear": LINEAR,
    "pipeline": make_pipeline(StandardScaler(), LINEAR),
    "forest": FOREST,
    "tree": DecisionTreeClassifier(max_depth=3),
    "booster": GradientBoostingClassifier(n_estimators=5, learning_rate=0.5),
    "histogram booster": HistGradientBoostingClassifier(max_iter=5, learning_rate=0.5),
    "xgboost": XGBClassifier(n_estimators=5, max_depth=2),
    "lightgbm": LGBMClassifier(n_estimators=5, learning_rate=0.5, verbose=-1),
    "calibrated": CalibratedClassifierCV(LinearSVC(), cv=2),
    "naive Bayes": GaussianNB(),
    "search": GridSearchCV(LINEAR, {"C": [0.1, 1.0]}, cv=2),
    "soft vote": VotingClassifier([("a", LINEAR), ("b", GaussianNB())], voting="soft"),
    "stack": StackingClassifier([("a", LINEAR), ("b", GaussianNB())], cv=2),
}
DAILY = ("pipeline", "forest", "booster", "lightgbm", "calibrated", "soft vote")


@pytest.mark.parametrize("estimator", sweep(CLASSIFIERS, *DAILY))
def test_the_served_model_answers_the_positive_class_from_the_threshold_on(estimator: Any) -> None:
    labels, shares, found = answers(estimator, 0.3)

    assert labels == (shares >= np.float64(0.3)).tolist()
    assert found == labels
    assert 0 < sum(labels) < len(labels)


THRESHOLDS = {
    **{str(tenths / 10): tenths / 10 for tenths in (1, 3, 5, 7, 9)},
    "near 0": 1e-9,
    "near 1": 1 - 1e-9,
}


@pytest.mark.parametrize("threshold", sweep(THRESHOLDS, "0.3", "0.7", "near 1"))
def test_a_probability_equal_to_the_threshold_is_positive_also_where_float32_rounds_it(
    threshold: float,
) -> None:
    labels, shares, found = answers(FOREST, threshold)

    assert labels == (shares >= threshold).tolist()
    assert found == labels
    assert (threshold in shares) == (0.05 < threshold < 0.95), "ten trees give tenths"


def test_a_float32_probability_at_the_threshold_is_served_as_fitted() -> None:
    stump = XGBClassifier(n_estimators=1, max_depth=1, base_score=0.5)
    for share in np.unique(answers(stump, None)[1]):
        labels, _, found = answers(stump, float(share))
        assert found == labels


def test_half_is_the_more_probable_class_but_for_ties() -> None:
    _, shares, before = answers(FOREST, None)
    _, _, after = answers(FOREST, 0.5)

    is_tie = shares == 0.5
    assert is_tie.any()
    assert np.array(after)[is_tie].all()
    assert not np.array(before)[is_tie].any()
    assert np.array(before)[~is_tie].tolist() == np.array(after)[~is_tie].tolist()


def test_probabilities_and_their_metrics_stay_and_metrics_of_labels_change() -> None:
    (before,), (after,) = fitted({"it": LINEAR}, None), fitted({"it": LINEAR}, 0.1)

    assert before.fitted is not None
    assert after.fitted is not None
    for name in ("roc_auc", "neg_log_loss"):
        assert after.result.metrics[name] == before.result.metrics[name]
    for name in ("f1", "recall", "accuracy"):
        assert after.result.metrics[name] != before.result.metrics[name]
    assert after.fitted.score == after.result.metrics["f1"], "the selection is by labels"


def test_the_record_of_a_candidate_is_that_of_its_own_estimator() -> None:
    (before,), (after,) = fitted({"it": LINEAR}, None), fitted({"it": LINEAR}, 0.1)

    assert after.result.parameters == before.result.parameters
    assert after.result.estimator == before.result.estimator


def test_boosters_keep_their_arrays_inside_of_the_threshold() -> None:
    odd = tuple(
        feature.model_copy(update={"name": f"{feature.name} [cm]"})
        for feature in DATA.schema.features
    )
    schema = replace(DATA.schema, features=odd)
    booster = XGBClassifier(n_estimators=3)

    labels, _, found = answers(booster, 0.3, schema)

    assert found == labels
    (trial,) = fitted({"it": booster}, 0.3, schema)
    assert "n_estimators" in trial.result.parameters


def test_the_artefact_says_the_threshold() -> None:
    (trial,) = fitted({"it": LINEAR}, 0.3)
    assert trial.fitted is not None
    exported = export_candidate(trial.fitted, DATA.schema, PARTS, allow_joblib=False)

    assert exported.artefact.threshold is not None
    assert exported.artefact.threshold.describe() == "large from probability 0.3"


def test_a_pickle_is_served_with_the_threshold_too() -> None:
    (trial,) = fitted({"it": Unconvertible()}, 0.2)
    assert trial.fitted is not None
    exported = export_candidate(trial.fitted, DATA.schema, PARTS, allow_joblib=True)

    assert exported.parity is None
    assert exported.artefact.threshold is not None
    found = exported.servable.predict(ASKED)
    assert found.probabilities is not None
    assert found.values.tolist() == (found.probabilities[:, 1] >= 0.2).tolist()


EXCLUDED = {
    "without probabilities": (LinearSVC(), "needs probabilities, .*CalibratedClassifierCV"),
    "a hard vote": (VotingClassifier([("a", LINEAR), ("b", GaussianNB())]), 'voting="soft"'),
    "with its own": (
        TunedThresholdClassifierCV(LINEAR),
        "its TunedThresholdClassifierCV has a threshold of its own; unset TRAINER_THRESHOLD",
    ),
    "with its own at the end of a pipeline": (
        make_pipeline(StandardScaler(), TunedThresholdClassifierCV(LINEAR)),
        "put the classifier inside of TunedThresholdClassifierCV into the table",
    ),
}


@pytest.mark.parametrize(("estimator", "reason"), EXCLUDED.values(), ids=EXCLUDED)
def test_a_candidate_that_cannot_have_the_threshold_is_excluded_with_a_remedy(
    estimator: Any, reason: str
) -> None:
    refused, kept = fitted({"it": estimator, "linear": LINEAR}, 0.3)

    assert kept.fitted is not None
    assert refused.fitted is None
    assert re.search(reason, refused.result.error or ""), refused.result.error


def test_a_table_of_only_such_candidates_ends_the_run() -> None:
    with pytest.raises(CandidatesError, match="No estimator can be published: it: its Tuned"):
        fitted({"it": TunedThresholdClassifierCV(LINEAR)}, 0.3)
