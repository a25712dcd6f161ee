"""With TRAINER_THRESHOLD, every candidate answers the positive class from a probability on."""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import numpy as np
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
from tests.support.tables.tables import two_blobs
from tests.unit.trainer.estimators import Unconvertible
from trainer.console import Console
from trainer.dataset.split import split_dataset
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import Trial, TrialContext

DATA = two_blobs(400, distance=1.0)
PARTS = split_dataset(DATA, "")
ASKED = np.random.default_rng(1).normal(scale=3.0, size=(2_000, 2))
LINEAR = LogisticRegression()
FOREST = RandomForestClassifier(10)


def fitted(table: Mapping[str, Any], threshold: float | None, metric: str = "f1") -> list[Trial]:
    context = TrialContext(PARTS, DATA.schema, metric, 42, threshold=threshold)
    return fit_candidates(table, context, Console(StringIO()))


def served(
    estimator: Any, threshold: float | None, metric: str = "f1"
) -> tuple[ExportedCandidate, PipelineServable]:
    (trial,) = fitted({"it": estimator}, threshold, metric)
    assert trial.fitted is not None, trial.result.error
    exported = export_candidate(trial.fitted, DATA.schema, PARTS, allow_joblib=False)
    return exported, PipelineServable(trial.fitted.pipeline, DATA.schema)


CLASSIFIERS = {
    "linear": LINEAR,
    "pipeline": make_pipeline(StandardScaler(), LINEAR),
    "forest": FOREST,
    "tree": DecisionTreeClassifier(max_depth=3),
    "booster": GradientBoostingClassifier(n_estimators=5),
    "histogram booster": HistGradientBoostingClassifier(max_iter=5),
    "xgboost": XGBClassifier(n_estimators=5, max_depth=2),
    "lightgbm": LGBMClassifier(n_estimators=5, verbose=-1),
    "calibrated": CalibratedClassifierCV(LinearSVC(), cv=2),
    "naive Bayes": GaussianNB(),
    "search": GridSearchCV(LINEAR, {"C": [0.1, 1.0]}, cv=2),
    "soft vote": VotingClassifier([("a", LINEAR), ("b", GaussianNB())], voting="soft"),
    "stack": StackingClassifier([("a", LINEAR), ("b", GaussianNB())], cv=2),
}


@pytest.mark.parametrize("estimator", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_the_served_model_answers_the_positive_class_from_the_threshold_on(estimator: Any) -> None:
    exported, pipeline = served(estimator, 0.3)

    for rows in (DATA.rows, ASKED):
        wanted, found = pipeline.predict(rows), exported.servable.predict(rows)
        assert wanted.probabilities is not None
        assert found.values.tolist() == wanted.values.tolist()
        assert wanted.values.tolist() == (wanted.probabilities[:, 1] >= 0.3).tolist()
    threshold = exported.artefact.threshold
    assert threshold is not None
    assert threshold.describe() == "large from probability 0.3"


@pytest.mark.parametrize("threshold", [1e-9, 0.1, 0.3, 0.5, 0.7, 0.9, 1 - 1e-9])
@pytest.mark.parametrize("estimator", [FOREST, CLASSIFIERS["xgboost"]], ids=["forest", "xgboost"])
def test_a_probability_equal_to_the_threshold_is_positive_also_where_it_is_not_exact(
    estimator: Any, threshold: float
) -> None:
    exported, pipeline = served(estimator, threshold)

    wanted = pipeline.predict(ASKED)
    assert wanted.probabilities is not None
    if estimator is FOREST and 0.05 < threshold < 0.95:
        assert (wanted.probabilities[:, 1] == threshold).any(), "ten trees give tenths"
    assert exported.servable.predict(ASKED).values.tolist() == wanted.values.tolist()
    assert wanted.values.tolist() == (wanted.probabilities[:, 1] >= np.float64(threshold)).tolist()


def test_a_float32_probability_at_the_threshold_is_served_as_fitted() -> None:
    model = XGBClassifier(n_estimators=1, max_depth=1, base_score=0.5)
    _, pipeline = served(model, None)
    shares = pipeline.predict(ASKED).probabilities
    assert shares is not None
    for share in np.unique(shares[:, 1]):
        exported, thresholded = served(model, float(share))
        assert exported.servable.predict(ASKED).values.tolist() == (
            thresholded.predict(ASKED).values.tolist()
        )


def test_half_is_the_more_probable_class_but_for_ties() -> None:
    (without, plain), (half, _) = served(FOREST, None), served(FOREST, 0.5)

    share = plain.predict(ASKED).probabilities
    assert share is not None
    before, after = (each.servable.predict(ASKED).values for each in (without, half))
    is_tie = share[:, 1] == 0.5
    assert is_tie.any()
    assert (after[is_tie] == 1).all()
    assert (before[is_tie] == 0).all()
    assert before[~is_tie].tolist() == after[~is_tie].tolist()


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
    odd = two_blobs(200)
    features = tuple(
        feature.model_copy(update={"name": f"{feature.name} [cm]"})
        for feature in odd.schema.features
    )
    schema = type(odd.schema)("classification", features, odd.schema.classes)
    parts = split_dataset(odd, "")
    context = TrialContext(parts, schema, "f1", 42, threshold=0.3)
    table = {"it": XGBClassifier(n_estimators=3)}

    (trial,) = fit_candidates(table, context, Console(StringIO()))

    assert trial.fitted is not None, trial.result.error
    assert "n_estimators" in trial.result.parameters
    exported = export_candidate(trial.fitted, schema, parts, allow_joblib=False)
    wanted = PipelineServable(trial.fitted.pipeline, schema).predict(odd.rows)
    assert exported.servable.predict(odd.rows).values.tolist() == wanted.values.tolist()


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
    with pytest.raises(CandidatesError, match="No candidate can be published: it: its Tuned"):
        fitted({"it": TunedThresholdClassifierCV(LINEAR)}, 0.3)
