"""Ratios are taken within rounds, and rounds interleave."""

from functools import partial

from bench.harness.rounds import measure_in_rounds
from bench.report.results import Measurement, ratio_by_round


def test_each_round_measures_every_subject_in_turn() -> None:
    order: list[str] = []

    def measure(name: str) -> int:
        order.append(name)
        return len(order)

    found = measure_in_rounds({name: partial(measure, name) for name in "ABC"}, 3)
    assert "".join(order) == "ABCABCABC"
    assert found == {"A": [1, 4, 7], "B": [2, 5, 8], "C": [3, 6, 9]}


def test_a_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    # In the second round the whole machine was ten times slower: the ratio does not see it.
    assert ratio_by_round([20.0, 2.0, 30.0], [10.0, 1.0, 10.0]) == Measurement(2.0, 2.0, 3.0)
