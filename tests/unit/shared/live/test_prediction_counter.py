import numpy as np

from shared.live.bin_edges import choose_prediction_bins
from shared.live.prediction_counter import PredictionCounter, count_probabilities


def test_classes_are_counted_by_name() -> None:
    classes = ("benign", "malignant")
    bins = choose_prediction_bins(np.array([1, 1, 0]), classes)
    assert bins.names == ("malignant", "benign")
    assert PredictionCounter(classes, bins).count(np.array([0, 1, 1, 1])).tolist() == [3, 1, 0]


def test_rare_classes_share_a_bin() -> None:
    classes = tuple(f"{index:02}" for index in range(60))
    bins = choose_prediction_bins(np.arange(60), classes)
    counts = PredictionCounter(classes, bins).count(np.arange(60))
    assert counts.tolist() == [1] * 50 + [10]


def test_numbers_are_counted_between_edges() -> None:
    bins = choose_prediction_bins(np.array([1.0, 2.0, 3.0]), ())
    assert bins.edges == (1.5, 2.5)
    assert PredictionCounter((), bins).count(np.array([-9.0, 2.5, 2.6])).tolist() == [1, 1, 1]


def test_the_largest_probability_is_counted() -> None:
    counts = count_probabilities(np.array([[0.5, 0.5], [0.0, 1.0], [0.96, 0.04]], np.float32))
    assert counts.tolist() == [0] * 10 + [1] + [0] * 8 + [2]
