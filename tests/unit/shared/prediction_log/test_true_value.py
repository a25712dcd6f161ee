"""A label means a class of the model, or a number."""

import math

import pytest

from shared.prediction_log.label import LabelValue
from shared.prediction_log.true_value import TrueValue, find_true_value


@pytest.mark.parametrize(
    ("label", "classes", "expected"),
    [
        ("sick", ("healthy", "sick"), "sick"),
        ("Sick", ("healthy", "sick"), None),
        (1, ("0", "1"), "1"),
        (1.0, ("0", "1"), "1"),
        ("1", ("0", "1"), "1"),
        ("1.0", ("0", "1"), "1"),
        (1.5, ("0", "1"), None),
        (-1, ("-1", "1"), "-1"),
        (2, ("0", "1"), None),
        (True, ("false", "true"), "true"),
        ("False", ("false", "true"), "false"),
        (True, ("0", "1"), None),
        (1, ("false", "true"), None),
        ("1.0", ("1.0", "1"), "1.0"),
        ("nan", ("0", "1"), None),
        (10**400, ("0", "1"), None),
    ],
)
def test_a_label_is_a_class_by_the_rules_of_the_target(
    label: LabelValue, classes: tuple[str, ...], expected: TrueValue | None
) -> None:
    assert find_true_value(label, classes) == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (3, 3.0),
        (2.5, 2.5),
        ("2.5", 2.5),
        ("1_000", None),
        (True, None),
        ("inf", None),
        ("many", None),
        (10**400, None),
    ],
)
def test_a_label_of_a_regression_is_a_finite_number(
    label: LabelValue, expected: TrueValue | None
) -> None:
    found = find_true_value(label, ())
    assert found == expected
    assert found is None or (isinstance(found, float) and math.isfinite(found))
