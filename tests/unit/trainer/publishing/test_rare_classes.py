"""A run says how uncertain the scores of a rare class are."""

import pytest
from scipy.stats import binomtest

from trainer.publishing.rare_classes import FEW_ROWS, describe_rare_classes, measure_uncertainty


def test_the_rarest_class_has_an_uncertainty() -> None:
    (note,) = describe_rare_classes({"ok": 300, "late": 12, "lost": 4})
    assert note == (
        "The holdout has fewer than 30 rows of some classes: 'late' 12, 'lost' 4. The recall of "
        "'lost' may be off by 35 points by chance; more rows make it surer."
    )


@pytest.mark.parametrize("counts", [{}, {"a": FEW_ROWS, "b": 400}])
def test_enough_rows_and_a_regression_give_no_note(counts: dict[str, int]) -> None:
    assert list(describe_rare_classes(counts)) == []


@pytest.mark.parametrize("rows", range(2, FEW_ROWS, 2))
def test_the_uncertainty_is_half_of_the_widest_wilson_interval(rows: int) -> None:
    widths = []
    for right in range(rows + 1):
        interval = binomtest(right, rows).proportion_ci(method="wilson")
        widths.append((interval.high - interval.low) / 2)
    assert measure_uncertainty(rows) == pytest.approx(max(widths), rel=1e-3)
