"""The interval of a score comes from the counts of the holdout, or is not given."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from gatekeeper.card.score_interval import find_interval

MATRIX = ((43, 3), (0, 64))


def test_it_covers_the_score_and_agrees_with_resampled_rows() -> None:
    truth = np.repeat([0, 0, 1], [43, 3, 64])
    predicted = np.repeat([0, 1, 1], [43, 3, 64])
    random = np.random.default_rng(1)
    for metric, score in (("f1", f1_score), ("accuracy", accuracy_score)):
        exact = float(score(truth, predicted))
        found = find_interval(metric, MATRIX, exact)
        assert found is not None
        draws = [random.integers(0, len(truth), len(truth)) for _ in range(1000)]
        scores = [score(truth[rows], predicted[rows]) for rows in draws]
        expected = np.quantile(scores, [0.025, 0.975])
        assert found == pytest.approx(expected, abs=0.01)
        assert found[0] <= exact <= found[1]
        assert find_interval(metric, MATRIX, exact) == found, "the same each time"


def test_it_needs_no_memory_for_the_rows_of_the_holdout() -> None:
    found = find_interval("accuracy", ((9 * 10**11, 10**11), (0, 0)), 0.9)
    assert found == pytest.approx((0.9, 0.9), abs=1e-5)


@pytest.mark.parametrize(
    ("metric", "matrix", "score"),
    [
        ("roc_auc", MATRIX, 0.9),
        ("neg_root_mean_squared_error", None, -1.0),
        ("f1", None, 0.9),
        ("f1", (), 0.9),
        ("f1", ((0, 0), (0, 0)), 0.9),
        ("accuracy", ((9 * 10**15, 10**15), (0, 0)), 0.9),
        ("accuracy", ((9 * 2**70, 2**70), (0, 0)), 0.9),
        ("f1", MATRIX, None),
        ("f1", MATRIX, 0.5),
    ],
)
def test_it_is_not_given_where_it_is_not_known(
    metric: str, matrix: tuple[tuple[int, ...], ...] | None, score: float | None
) -> None:
    assert find_interval(metric, matrix, score) is None
