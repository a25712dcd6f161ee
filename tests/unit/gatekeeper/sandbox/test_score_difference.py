"""A recorded difference: its bound is the rule's, and ties are not certain."""

import re
from functools import lru_cache

import numpy as np
import pytest

from gatekeeper.evidence.comparison_messages import PairedScores, ScoreDifference
from gatekeeper.sandbox.score_difference import Requirement, measure_difference
from gatekeeper.statistics.one_sided_bounds import fraction_reaching
from gatekeeper.statistics.paired_bootstrap import score_differences
from shared.inference.servable import Predictions
from shared.scoring.scorers import score
from tests.contract.exact_power import is_sure
from tests.support.project import ROOT


def measure(
    truth: "np.ndarray",
    ours: "np.ndarray",
    theirs: "np.ndarray",
    *,
    metric: str = "accuracy",
    required: float = 0.0,
    same_file: bool = False,
) -> ScoreDifference:
    requirement = Requirement(metric, required, confidence=0.95, is_same_model=same_file)
    models = Predictions(ours, None), Predictions(theirs, None)
    scores = [score(metric, truth, each, 2) for each in models]
    paired = PairedScores(rows=len(truth), challenger=scores[0], champion=scores[1])
    drawn = resample(metric, *(each.tobytes() for each in (truth, ours, theirs)))
    return measure_difference(requirement, paired, drawn, truth, models, classes=2)


@lru_cache(maxsize=1)
def resample(metric: str, *rows: bytes) -> "np.ndarray":
    truth, ours, theirs = (np.frombuffer(each, dtype=np.int64) for each in rows)
    models = Predictions(ours, None), Predictions(theirs, None)
    return score_differences(metric, truth, *models, classes=2, seed=5)


def with_accuracy(
    rows: int, gained: int, lost: int, required: float = 0.0, *, same_file: bool = False
) -> ScoreDifference:
    """Measure models that differ on this many rows; half of the rows have each class."""
    truth = np.arange(rows) % 2
    ours, theirs = truth.copy(), truth.copy()
    theirs[:gained] = 1 - theirs[:gained]
    ours[rows - lost :] = 1 - ours[rows - lost :]
    return measure(truth, ours, theirs, required=required, same_file=same_file)


@pytest.mark.parametrize(
    ("rows", "required"),
    [
        (100, 0.0),
        (400, -0.01),
        pytest.param(100, -0.0125, marks=pytest.mark.thorough),
        pytest.param(400, 0.01, marks=pytest.mark.thorough),
    ],
)
def test_the_rule_and_the_bound_agree_for_all_small_differences(rows: int, required: float) -> None:
    for gained in (0, 1, 2, 3, 5, 9, 20):
        for lost in (0, 1, 2, 4, 8):
            found = with_accuracy(rows, gained, lost, required)
            assert (found.probability >= 0.95) == (found.low >= required), (gained, lost)
            assert found.low <= found.difference + 1e-12, (gained, lost)
            assert found.low <= found.high, (gained, lost)


@pytest.mark.parametrize("rows", [50, 100, 400])
def test_the_rule_is_the_exact_one_apart_from_close_cases(rows: int) -> None:
    for gained, lost in ((0, 0), (1, 0), (2, 0), (3, 0), (5, 1), (8, 1), (20, 9), (20, 14)):
        found = with_accuracy(rows, gained, lost)
        assert (found.probability >= 0.95) == is_sure(rows, gained, lost), (gained, lost)


def test_the_same_model_has_no_difference_with_certainty() -> None:
    found = with_accuracy(100, 0, 0, same_file=True)
    assert (found.probability, found.low, found.high) == (1, 0, 0)
    assert found.same_model
    assert with_accuracy(100, 0, 0, 0.01, same_file=True).probability == 0


def test_a_tie_of_different_models_is_not_certain() -> None:
    found = with_accuracy(100, 0, 0)
    assert found.probability == 0.5
    assert found.low == pytest.approx(-0.03)
    assert found.high == pytest.approx(0.03)
    assert (found.differing_rows, found.unseen_rows) == (0, 3)
    assert found.detectable is None


@pytest.mark.parametrize(("rows", "is_enough"), [(100, False), (500, False), (700, True)])
def test_a_margin_that_has_room_for_three_rows_lets_a_tie_pass(rows: int, is_enough: bool) -> None:
    found = with_accuracy(rows, 0, 0, required=-0.005)
    assert (found.probability >= 0.95) == is_enough
    assert (found.low >= -0.005) == is_enough


def test_many_differing_rows_are_not_limited() -> None:
    found = with_accuracy(400, 30, 12)
    assert found.unseen_rows is None
    assert found.probability > 0.99
    assert found.detectable is not None
    assert found.detectable == pytest.approx(2.4865 * np.sqrt(42 / 400**2), rel=0.05)
    assert found.rows_to_show == pytest.approx(400 * (found.detectable / (18 / 400)) ** 2, abs=1)


def equal_f1_models(rows: int, random: np.random.Generator) -> tuple["np.ndarray", ...]:
    """Draw equally good models: 4 % positive rows, and different predictions on 1.6 %."""
    truth = (random.random(rows) < 0.04).astype(np.int64)
    wrong = np.where(truth == 1, 0.2, 0.001)
    share = np.where(truth == 1, 0.1, 0.0045)
    base = np.where(random.random(rows) < wrong, 1 - truth, truth)
    return truth, *(np.where(random.random(rows) < share, 1 - base, base) for _ in range(2))


def said(rows: int) -> list[float]:
    """Read the table of docs/chance.md: ties, promotions if they were certain, and promotions."""
    text = (ROOT / "docs" / "chance.md").read_text()
    found = re.search(rf"^\| {rows} \| (\d+) % \| (\d+) % \| (\d+) % \|$", text, re.MULTILINE)
    assert found
    return [int(cell) / 100 for cell in found.groups()]


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (100, 60),
        pytest.param(50, 250, marks=pytest.mark.thorough),
        pytest.param(100, 250, marks=pytest.mark.thorough),
        pytest.param(400, 250, marks=pytest.mark.thorough),
    ],
)
def test_few_equal_models_are_promoted_with_few_positive_rows(rows: int, count: int) -> None:
    random = np.random.default_rng(rows)
    counts = np.zeros(3)
    for _ in range(count):
        truth, ours, theirs = equal_f1_models(rows, random)
        found = measure(truth, ours, theirs, metric="f1")
        drawn = resample("f1", *(each.tobytes() for each in (truth, ours, theirs)))
        is_tie = found.differing_rows == 0
        was_sure = is_tie or fraction_reaching(drawn, 0.0) >= 0.95
        counts += (is_tie, was_sure, found.probability >= 0.95)
    expected = np.array(said(rows))
    error = 3 * np.sqrt(expected * (1 - expected) / count) + 0.011
    assert (np.abs(counts / count - expected) < error).all(), counts / count
    assert expected[2] <= 0.06
