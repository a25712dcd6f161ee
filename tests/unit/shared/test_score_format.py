"""Scores of any size are short and readable."""

import pytest

from shared.score_format import format_score


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0.97842, "0.9784"),
        (0.0, "0.0000"),
        (-52.3, "-52.30"),
        (7.25, "7.2500"),
        (-52341.2, "-52341.2"),
        (-1234567.8, "-1.2346e+06"),
        (-3.14159e-6, "-3.14e-06"),
        (-9.7603e-05, "-9.76e-05"),
        (322.4005, "322.40"),
        (-1e300, "-1e+300"),
    ],
)
def test_a_score_of_any_size_is_short_and_not_nothing(score: float, text: str) -> None:
    assert format_score(score) == text
