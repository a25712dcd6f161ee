"""Two numbers of a regression are compared on the scale of its target."""

import numpy as np
import pytest

from shared.contract.golden_rows import GoldenRows
from shared.contract.parity import TargetScale
from shared.errors import GoldenRowsError
from shared.inference.golden_rows import verify_golden_rows
from shared.inference.servable import Predictions
from shared.inference.target_scale import measure_target_scale, relative_differences
from tests.support.models.served import toy_regressor

SECONDS = np.array([1.76e9, 1.76e9 + 200.0, 1.76e9 + 400.0])


class Answering:
    """A model with the same predictions for all rows."""

    def __init__(self, *values: float) -> None:
        self.values = np.array(values)

    def predict(self, _rows: object) -> Predictions:
        return Predictions(self.values, None)


def golden(*values: float, target: TargetScale | None) -> GoldenRows:
    rows = tuple((0.0,) for _ in values)
    return GoldenRows(rows=rows, predictions=values, probabilities=None, target=target)


def test_the_scale_is_mean_and_standard_deviation() -> None:
    scale = measure_target_scale(SECONDS)

    assert scale.mean == 1.76e9 + 200
    assert scale.deviation == pytest.approx(163.3, rel=1e-3)


def test_numbers_whose_squares_vanish_have_a_scale() -> None:
    assert measure_target_scale(np.array([0.0, 1e-300])).deviation > 0.0


def test_a_difference_is_relative_to_the_deviation_and_far_outside_to_the_distance() -> None:
    scale = TargetScale(mean=100.0, deviation=2.0)
    expected = np.array([100.0, 119.0, 200.0])

    found = relative_differences(scale, expected, expected + 1.0)

    assert found.tolist() == [0.5, 0.5, 0.01]


def test_golden_rows_refuse_a_model_that_is_off_by_a_small_part_of_its_size() -> None:
    artefact, scale = toy_regressor().artefact, measure_target_scale(SECONDS)
    rows = golden(*SECONDS.tolist(), target=scale)

    verify_golden_rows(Answering(*SECONDS), rows, artefact)
    verify_golden_rows(Answering(*(SECONDS + 1e-4)), rows, artefact)
    for wrong in (SECONDS + 1.0, SECONDS * np.nan, SECONDS.astype(np.float32) + 64.0):
        with pytest.raises(GoldenRowsError, match="does not reproduce its 3 golden rows"):
            verify_golden_rows(Answering(*wrong), rows, artefact)


def test_golden_rows_of_an_older_release_are_relative_to_the_numbers() -> None:
    artefact, rows = toy_regressor().artefact, golden(100.0, target=None)

    verify_golden_rows(Answering(100.0005), rows, artefact)
    with pytest.raises(GoldenRowsError):
        verify_golden_rows(Answering(100.01), rows, artefact)
