"""Times are shown as people write them."""

import pytest

from shared.contract.time_split import TimeUnit, format_time


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (2026.0, "number", "2026"),
        (202601.0, "number", "202601"),
        (1767225600.0, "number", "1767225600"),
        (0.1, "number", "0.1"),
        (1767225600.0, "seconds", "2026-01-01"),
        (1767225601.5, "seconds", "2026-01-01T00:00:01.500000Z"),
        (-86400.0, "seconds", "1969-12-31"),
        (1e15, "seconds", "1e+15 s since 1970"),
    ],
)
def test_a_time_is_a_number_a_date_or_a_date_with_a_time(
    value: float, unit: TimeUnit, shown: str
) -> None:
    assert format_time(value, unit) == shown
