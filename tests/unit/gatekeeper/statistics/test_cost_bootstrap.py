"""The bootstrap of costs: equal to a direct computation of each resample, and quick."""

import numpy as np
import pytest

from gatekeeper.statistics.paired_bootstrap import score_differences
from shared.inference.servable import Predictions

COSTS = ((0.0, 1.0), (50.0, 0.0))


def test_the_differences_have_the_mean_and_spread_of_drawn_rows() -> None:
    random = np.random.default_rng(5)
    truth = (random.random(400) < 0.1).astype(np.int64)
    answers = [np.where(random.random(400) < 0.9, truth, 1 - truth) for _ in range(2)]
    found = score_differences(
        "neg_cost", truth, *(Predictions(each, None) for each in answers),
        classes=2, seed=1, costs=COSTS,
    )  # fmt: skip

    each = np.array([[COSTS[t][p] for t, p in zip(truth, a, strict=True)] for a in answers])
    gains = each[1] - each[0]
    drawn = gains[random.integers(0, 400, (10_000, 400))].mean(axis=1)
    assert found.mean() == pytest.approx(gains.mean(), abs=4 * drawn.std() / 100)
    assert found.std() == pytest.approx(drawn.std(), rel=0.05)
    for share in (0.05, 0.5, 0.95):
        assert np.quantile(found, share) == pytest.approx(
            np.quantile(drawn, share), abs=0.1 * drawn.std()
        )
