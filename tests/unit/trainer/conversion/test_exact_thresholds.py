"""A probability that is exactly the threshold gets the fitted label, also if float32 rounds it."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import BaggingClassifier, ExtraTreesClassifier, RandomForestClassifier
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.support.sweep import sweep
from tests.unit.trainer.conversion.served_model import assert_served_as_fitted
from trainer.conversion.to_onnx import suitable_precisions

RANDOM = np.random.default_rng(0)
ROWS: npt.NDArray[np.float64] = RANDOM.integers(0, 6, (300, 4)).astype(np.float64)
LABELS = (ROWS[:, 0] - ROWS[:, 1] + RANDOM.normal(size=300) * 3.0 > 0).astype(np.int64)
MOST = 4
"""The number of thresholds to try for each estimator."""

ESTIMATORS = {
    "forest of votes": RandomForestClassifier(10, random_state=0),
    "forest of fractions": RandomForestClassifier(5, max_depth=2, random_state=0),
    "extra trees": ExtraTreesClassifier(7, min_samples_leaf=10, random_state=0),
    "tree": DecisionTreeClassifier(max_depth=3),
    "bagged trees": BaggingClassifier(DecisionTreeClassifier(max_depth=2), 5, random_state=0),
    "forest behind a step": make_pipeline(
        StandardScaler(), RandomForestClassifier(10, random_state=0)
    ),
}


@pytest.mark.parametrize("positive", sweep({"1": 1, "0": 0}, "0"))
@pytest.mark.parametrize("estimator", sweep(ESTIMATORS, "forest of fractions", "bagged trees"))
def test_every_probability_of_a_forest_may_be_its_threshold(estimator: Any, positive: int) -> None:
    shares = np.unique(estimator.fit(ROWS, LABELS).predict_proba(ROWS)[:, positive])
    assert len(shares) > MOST // 2
    for share in shares[:: -(-len(shares) // MOST)]:
        fixed = FixedThresholdClassifier(
            estimator, threshold=share, pos_label=positive, response_method="predict_proba"
        ).fit(ROWS, LABELS)
        assert_served_as_fitted(fixed, ROWS, suitable_precisions(fixed)[0])
