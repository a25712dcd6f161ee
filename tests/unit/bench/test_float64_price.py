"""The float32 models of the benchmark run, and give other labels near the boundary."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from bench.sections.float64_price import ESTIMATORS, convert_both
from bench.studies.float32_labels import find_near_rows


@pytest.mark.parametrize("name", ["LinearDiscriminantAnalysis", "GaussianNB"])
def test_only_float64_has_the_labels_of_scikit_learn(name: str) -> None:
    data = load_breast_cancer()
    rows = data.data.astype(np.float32).astype(np.float64)
    both = convert_both(ESTIMATORS[name])
    for servable in both.values():
        assert np.array_equal(servable.predict(rows).values, ESTIMATORS[name].predict(rows))

    near = find_near_rows(ESTIMATORS[name], rows, data.target)
    expected = ESTIMATORS[name].predict(near)
    assert {*expected.tolist()} == {0, 1}
    assert np.array_equal(near, near.astype(np.float32))
    assert np.array_equal(both["float64"].predict(near).values, expected)
    assert not np.array_equal(both["float32"].predict(near).values, expected)
