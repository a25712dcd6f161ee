"""Naive Bayes answers rows far from the data as scikit-learn does, where only rounding decides."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from tests.unit.trainer.conversion.served_model import assert_served_as_fitted
from trainer.conversion.to_onnx import Precision


@pytest.mark.parametrize("columns", [2, 7, 8, 9, 30, 128, 129, 300])
def test_likelihoods_that_differ_by_rounding_decide_as_in_scikit_learn(columns: int) -> None:
    random = np.random.default_rng(columns)
    rows = random.normal(size=(60, columns))
    rows[:, 0] = 3.0  # a constant column has a tiny variance, equal for all classes
    bayes = GaussianNB().fit(rows, np.arange(60) % 3)
    far = np.tile(rows, (5, 1)) * 10.0 ** random.integers(0, 9, (300, columns))

    assert_served_as_fitted(bayes, far, Precision.WIDE)
