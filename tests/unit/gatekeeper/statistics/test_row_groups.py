"""Rows with the same key are drawn together."""

import numpy as np
import pytest

from gatekeeper.statistics import grouped_counts
from gatekeeper.statistics.count_metrics import COUNT_METRICS
from gatekeeper.statistics.grouped_counts import GroupedCellCounts
from gatekeeper.statistics.one_sided_bounds import fraction_reaching
from gatekeeper.statistics.paired_bootstrap import score_differences
from gatekeeper.statistics.row_groups import RowGroups, draw_rows
from shared.inference.servable import Predictions
from shared.scoring.truth import Truth
from tests.contract.exact_power import share_above
from tests.support.sweep import sweep
from tests.unit.gatekeeper.statistics.test_paired_bootstrap import COSTS, KINDS, plain, table

KEYS = 40
DRAWS = 200
"""Resamples that are scored one by one, which is slow."""


def keys_of(rows: int) -> RowGroups:
    """Give each row one of 40 keys; some keys have one row and some have ten."""
    random = np.random.default_rng(3)
    groups = RowGroups.find(random.integers(0, KEYS, rows) // random.integers(1, 3, rows))
    assert groups is not None
    return groups


def repeated(predictions: Predictions, times: int) -> Predictions:
    probabilities = predictions.probabilities
    return Predictions(
        np.repeat(predictions.values, times),
        None if probabilities is None else np.repeat(probabilities, times, axis=0),
    )


def resampled(
    metric: str, truth: Truth, models: tuple[Predictions, Predictions], classes: int
) -> list[float]:
    """Draw whole keys with replacement, and score the rows of the drawn keys."""
    groups, random = keys_of(len(truth)), np.random.default_rng(0)
    rows_of = [np.flatnonzero(groups.index == key) for key in range(groups.count)]
    found = []
    for _ in range(DRAWS):
        rows = np.concatenate(
            [rows_of[key] for key in random.integers(0, groups.count, groups.count)]
        )
        drawn = np.bincount(rows, minlength=len(truth))
        ours, theirs = (plain(metric, truth, each, drawn, classes) for each in models)
        found.append(ours - theirs)
    return [each for each in found if np.isfinite(each)]


def test_keys_that_do_not_repeat_form_no_groups() -> None:
    assert RowGroups.find(np.array([5, 3, 4])) is None
    groups = RowGroups.find(np.array([7, 3, 7, 9]))
    assert groups is not None
    assert (groups.index.tolist(), groups.count) == ([1, 0, 1, 2], 3)


def test_all_rows_of_a_key_are_in_a_resample_equally_often() -> None:
    groups = keys_of(150)
    (weights,) = draw_rows(150, 50, np.random.SFC64(1), groups)
    assert weights.shape == (150, 50)
    for key in range(groups.count):
        assert (weights[groups.index == key] == weights[groups.index == key][0]).all()
    assert len(np.unique(weights, axis=0)) > KEYS // 2, "keys differ from each other"


METRICS = {f"{metric} of {classes}": (metric, classes) for metric, classes in KINDS}


@pytest.mark.parametrize(
    "kind",
    sweep(METRICS, "f1 of 2", "roc_auc of 2", "r2 of 0"),
)
def test_the_spread_is_that_of_drawing_keys(kind: tuple[str, int]) -> None:
    metric, classes = kind
    truth, *models = table(classes)
    both = (models[0], models[1])

    keys = keys_of(len(truth))
    found = score_differences(
        metric, truth, *both, classes=classes, seed=1, groups=keys, costs=COSTS.get(classes)
    )

    expected = resampled(metric, truth, both, classes)
    assert found.std() == pytest.approx(np.std(expected), rel=0.2)
    assert found.mean() == pytest.approx(
        np.mean(expected), abs=float(4 * np.std(expected) / np.sqrt(DRAWS) + 1e-12)
    )


@pytest.mark.parametrize("metric", ["accuracy", "neg_log_loss"])
def test_copies_of_rows_add_no_certainty(metric: str) -> None:
    truth, *models = table(2, rows=60, seed=4)
    once = score_differences(metric, truth, *models, classes=2, seed=1)
    many = [repeated(each, 12) for each in models]
    truths, keys = (
        np.repeat(truth.astype(np.int64), 12),
        RowGroups.find(np.repeat(np.arange(60), 12)),
    )

    by_key = score_differences(metric, truths, *many, classes=2, seed=2, groups=keys)
    by_row = score_differences(metric, truths, *many, classes=2, seed=2)

    assert by_key.std() == pytest.approx(once.std(), rel=0.05)
    assert fraction_reaching(by_key, 0) == pytest.approx(fraction_reaching(once, 0), abs=0.02)
    assert by_row.std() < 0.4 * once.std(), "12 copies would seem like 12 times the rows"


def test_weights_of_keys_and_patterns_of_cells_give_the_same_spread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth, first, second = table(3, rows=3000)
    groups = RowGroups.find(np.arange(3000) // 3)
    assert groups is not None
    parts = (truth, first.values, second.values, 3, None)

    def spread(*, most: int) -> tuple[int, float]:
        monkeypatch.setattr(grouped_counts, "MOST_PATTERNS", most)
        cells = GroupedCellCounts(*parts, groups=groups)
        drawn = cells.scores("f1_macro", 3000, np.random.Generator(np.random.SFC64(1)))
        return cells.work, float(np.concatenate([one - other for one, other in drawn]).std())

    (patterns, by_pattern), (keys, by_key) = spread(most=1000), spread(most=10)
    assert patterns < keys == 1000
    assert by_pattern == pytest.approx(by_key, rel=0.1)


@pytest.mark.parametrize(
    "metric", sweep(dict(zip(COUNT_METRICS, COUNT_METRICS, strict=True)), "f1")
)
def test_resamples_of_keys_are_around_the_score_of_all_rows(metric: str) -> None:
    truth, first, second = table(2)
    parts = (truth, first.values, second.values, 2, None)
    cells = GroupedCellCounts(*parts, groups=keys_of(len(truth)))
    whole = plain(metric, truth, first, np.ones(len(truth), dtype=int), 2)
    drawn = [
        one.mean() for one, _ in cells.scores(metric, 4000, np.random.Generator(np.random.SFC64(2)))
    ]
    assert np.mean(drawn) == pytest.approx(whole, abs=0.03)


@pytest.mark.parametrize(("gained", "lost"), [(3, 0), (4, 1), (6, 2), (2, 2), (1, 4)])
def test_twelve_rows_of_a_key_are_as_sure_as_one_row(gained: int, lost: int) -> None:
    """The expected share is computed exactly, and without the gatekeeper's code."""
    truth = np.zeros(34 * 12, dtype=np.int64)
    ours, theirs = truth.copy(), truth.copy()
    theirs[: gained * 12], ours[len(ours) - lost * 12 :] = 1, 1
    models = (Predictions(ours, None), Predictions(theirs, None))

    found = score_differences(
        "accuracy", truth, *models, classes=2, seed=1, groups=RowGroups.find(np.arange(408) // 12)
    )

    expected = share_above(34, gained, lost, 0.0)
    assert fraction_reaching(found, 0.0) == pytest.approx(expected, abs=0.015)
