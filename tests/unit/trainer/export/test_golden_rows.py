"""Golden rows of a classifier whose label follows from a threshold."""

import numpy as np

from shared.inference.servable import Predictions
from trainer.export.golden_rows import GOLDEN_ROWS, choose_golden_rows


def labelled(share: np.ndarray, threshold: float) -> Predictions:
    """Return predictions whose label is 1 from *threshold* up."""
    labels = (share >= threshold).astype(np.int64)
    return Predictions(labels, np.column_stack((1 - share, share)))


def test_both_labels_are_there_and_no_row_at_the_threshold() -> None:
    share = np.concatenate((np.linspace(0.0, 0.15, 50), [0.19999, 0.2, 0.2005, 0.4, 0.49, 0.9]))
    answers = labelled(share, 0.2)
    chosen = choose_golden_rows(answers, 2)
    assert len(chosen) == GOLDEN_ROWS
    assert {53, 54, 55} <= set(chosen.tolist()), "the few rows of label 1"
    assert not {50, 51, 52} & set(chosen.tolist()), "too near to the threshold"


def test_a_label_with_only_one_score_is_there_too() -> None:
    answers = labelled(np.array([0.1] * 20 + [0.15] * 20 + [0.3] * 3), 0.3)
    assert set(answers.values[choose_golden_rows(answers, 2)].tolist()) == {0, 1}


def test_a_threshold_that_only_one_label_reaches_leaves_rows() -> None:
    never = labelled(np.linspace(0.1, 0.9, 40), 1.5)
    assert len(choose_golden_rows(never, 2)) == GOLDEN_ROWS
    always = labelled(np.linspace(0.1, 0.9, 40), 0.0)
    assert len(choose_golden_rows(always, 2)) == GOLDEN_ROWS


def test_equal_scores_near_half_are_still_not_clear() -> None:
    answers = labelled(np.array([0.5, 0.5003, 0.9, 0.1]), 0.5)
    assert choose_golden_rows(answers, 2).tolist() == [2, 3]
