"""Numbers such as 20240314 are recognised, and other numbers of eight digits are not."""

import numpy as np
import pytest

from trainer.tables.dates.day_numbers import are_days


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([20240314, 20231231, 20240229], True),
        ([19000101, np.nan, 21001231], True),
        ([20240314, 20240230], False),
        ([20230229, 20240229], False),
        ([20240314, 20241301], False),
        ([20240314, 20240300], False),
        ([20240314, 20240315.5], False),
        ([20240314, 20240314], False),
        ([20240314, 3], False),
        ([20240314, 99999999], False),
        ([1.7e9, 1.8e9], False),
    ],
)
def test_days_are_valid_days_of_two_centuries(numbers: list[float], *, expected: bool) -> None:
    bounds = [float(bound) for bound in (np.nanmin(numbers), np.nanmax(numbers))]

    assert are_days(np.array(numbers), *bounds) is expected
