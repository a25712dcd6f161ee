"""A score is found to be below another one if it is, and hardly ever if it is not."""

import re
from math import exp, log, sqrt

import numpy as np
import pytest

from gatekeeper.probation.evidence_of_excess import ERROR
from gatekeeper.probation.evidence_of_loss import LEAST_IDS, find_evidence, is_below
from gatekeeper.statistics.paired_bootstrap import score_differences
from gatekeeper.statistics.unseen_rows import find_differing
from shared.inference.servable import Predictions
from shared.scoring.scorers import score
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "probation.md").read_text()
ALSO_WRONG = 0.05
"""Share of rows on which only the predecessor is wrong; the version loses these too, and more."""


def find_smallest(most: int) -> np.ndarray:
    """Return for each number of differing rows how many more must be lost than won."""
    found, net = [most + 1], 1
    for differing in range(1, most + 1):
        while net <= differing and find_evidence(net / sqrt(differing), differing) < -log(ERROR):
            net += 1
        found.append(net)
        net = max(1, net - 1)  # the number is nearly the same for one row more
    return np.array(found)


def count_until_rollback(
    lost: float, won: float, *, probations: int, rows: int, window: int | None = None
) -> np.ndarray:
    """Return after how many labels each probation is over; *rows* + 1 if it passes.

    Somebody looks after each label, at the last *window* labels, or at all.

    Args:
        lost: The share of rows on which only the version is wrong.
        won: The share of rows on which only its predecessor is wrong.
        probations: The number of simulated probations.
        rows: The labels of each.
        window: The most rows that count; None for all.
    """
    rng, ends = np.random.default_rng(7), []
    smallest = find_smallest(int(rows * min(1.0, 2 * (lost + won))) + 50)
    for _ in range(probations):
        drawn = rng.random(rows)
        signs = np.where(drawn < lost, 1, np.where(drawn < lost + won, -1, 0))
        net, differing = np.cumsum(signs), np.cumsum(np.abs(signs))
        if window is not None:
            net[window:], differing[window:] = (
                total[window:] - total[:-window] for total in (net.copy(), differing.copy())
            )
        is_over = net >= smallest[differing]
        is_over[: LEAST_IDS - 1] = False
        ends.append(int(is_over.argmax()) + 1 if is_over.any() else rows + 1)
    return np.array(ends)


def test_few_rows_are_no_evidence() -> None:
    sure = {"difference": -1.0, "standard_error": 0.01}
    assert is_below(**sure, ids=LEAST_IDS, differing=LEAST_IDS, error=ERROR)
    assert not is_below(**sure, ids=LEAST_IDS - 1, differing=LEAST_IDS - 1, error=ERROR)
    assert not is_below(**sure, ids=LEAST_IDS, differing=20, error=ERROR)
    assert not is_below(-1.0, 0.0, ids=LEAST_IDS, differing=0, error=ERROR)


def test_a_score_that_is_equal_or_higher_is_never_below() -> None:
    for difference in (0.0, 0.5):
        assert not is_below(difference, 1e-9, ids=10**6, differing=10**6, error=ERROR)


def test_a_smaller_error_needs_more_evidence() -> None:
    found = [
        is_below(-0.1, 0.1 / 5, ids=1000, differing=1000, error=error) for error in (1e-4, 1e-9)
    ]
    assert found == [True, False]


@pytest.mark.parametrize(("lost", "won"), [(45, 5), (60, 20), (36, 0), (300, 220)])
def test_the_evidence_of_an_accuracy_is_that_of_the_rows_that_differ(lost: int, won: int) -> None:
    ids, differing, net = 1000, lost + won, lost - won
    error = sqrt(differing - net**2 / ids) / ids  # of the mean of 1, -1 and 0 for the other rows
    level = exp(-find_evidence(net / sqrt(differing), differing))
    found = [
        is_below(-net / ids, error, ids=ids, differing=differing, error=level * factor)
        for factor in (1.001, 0.999)
    ]
    assert found == [True, False]


def test_versions_that_are_as_good_or_better_are_never_rolled_back() -> None:
    for lost, won in ((0.05, 0.05), (0.2, 0.2), (0.04, 0.06), (0.005, 0.005)):
        ends = count_until_rollback(lost, won, probations=500, rows=3000)
        assert (ends > 3000).all()


@pytest.mark.thorough
def test_equal_versions_are_rolled_back_as_rarely_as_stated() -> None:
    ends = count_until_rollback(0.05, 0.05, probations=20_000, rows=5000)
    assert (ends <= 5000).mean() <= 2 * ERROR
    ends = count_until_rollback(0.05, 0.05, probations=500, rows=60_000, window=10_000)
    assert (ends > 60_000).all()


def test_a_version_that_is_ten_points_worse_is_always_rolled_back() -> None:
    ends = count_until_rollback(ALSO_WRONG + 0.1, ALSO_WRONG, probations=500, rows=2000)
    assert (ends <= 2000).all()


@pytest.mark.thorough
def test_the_document_says_how_many_labels_a_rollback_needs() -> None:
    rows = re.findall(r"^\| (\d+) points \| ([\d,]+) \| ([\d,]+) \|$", TEXT, re.MULTILINE)
    assert [each for each, *_ in rows] == ["2", "5", "10", "20"]
    for points, median, most in rows:
        worse = int(points) / 100
        ends = count_until_rollback(
            ALSO_WRONG + worse, ALSO_WRONG, probations=2000, rows=int(400 / worse)
        )
        found = (np.median(ends), np.quantile(ends, 0.99))
        stated = [float(each.replace(",", "")) for each in (median, most)]
        assert found == pytest.approx(stated, rel=0.08), (points, found)


def predict(truth: np.ndarray, shared: np.ndarray, rng: np.random.Generator) -> Predictions:
    """Return the predictions of one of two equally good models; both see the *shared* noise."""
    seen = 2 * truth - 1 + shared + 0.7 * rng.standard_normal(len(truth))
    positive = 1 / (1 + np.exp(-seen))
    return Predictions((positive > 0.5).astype(np.int64), np.stack([1 - positive, positive], 1))


def estimate(truth: np.ndarray, shared: np.ndarray, rng: np.random.Generator) -> Predictions:
    """Return the numbers of one of two equally good regressions, with a few large errors."""
    return Predictions(truth + shared + rng.standard_t(3, len(truth)), None)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("metric", "share"),
    [
        ("f1", 0.03),
        ("roc_auc", 0.1),
        ("neg_root_mean_squared_error", None),
    ],
)
def test_equal_models_are_not_rolled_back_by_any_metric(metric: str, share: float | None) -> None:
    """The first looks are the riskiest: few rows, and the bootstrap of an uneven score."""
    rng, looks = np.random.default_rng(3), [100, 150, 250, 500]
    model, classes = (predict, 2) if share else (estimate, 0)
    rolled_back = 0
    for number in range(60):
        rows = looks[-1]
        truth = (rng.random(rows) < share).astype(np.int64) if share else rng.normal(0, 3, rows)
        shared = rng.standard_normal(rows)
        models = [model(truth, shared, rng) for _ in range(2)]
        for ids in looks:
            ours, theirs = (
                Predictions(
                    each.values[:ids],
                    None if each.probabilities is None else each.probabilities[:ids],
                )
                for each in models
            )
            if classes and len(set(truth[:ids])) < classes:
                continue
            scores = [score(metric, truth[:ids], each, classes) for each in (ours, theirs)]
            drawn = score_differences(
                metric, truth[:ids], ours, theirs, classes=classes, seed=number, seconds=0.01
            )
            differing = int(find_differing(metric, ours, theirs).sum())
            rolled_back += is_below(
                scores[0] - scores[1],
                float(drawn.std()),
                ids=ids,
                differing=differing,
                error=ERROR,
            )
    assert rolled_back == 0
