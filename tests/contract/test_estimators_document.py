"""The tables of docs/estimators.md are what is measured."""

import re

import pytest

from shared.errors import ExportError
from tests.support.models import conversions
from tests.support.project import ROOT

DOCUMENT = (ROOT / "docs" / "estimators.md").read_text()
BOUNDS = {
    name: (kind, float(bound))
    for name, kind, bound in re.findall(
        r"^\| `(.+)` \| (\w+) \| ≤ (\S+) \|$", DOCUMENT, re.MULTILINE
    )
}
REASONS = dict(re.findall(r"^\| `(.+)` \| ([^|]+) \|$", DOCUMENT, re.MULTILINE))
EVERYTHING = conversions.everything()


def test_it_names_all_that_is_measured_and_no_more() -> None:
    assert list(BOUNDS) == [
        *conversions.CLASSIFIERS,
        *conversions.REGRESSORS,
        *conversions.STEPS,
    ]
    assert len(BOUNDS) >= 25
    assert {name: why for name, (_, why) in conversions.NOT_CONVERTIBLE.items()} == REASONS


@pytest.mark.parametrize("name", EVERYTHING)
def test_it_converts_as_exactly_as_is_stated(name: str) -> None:
    estimator, tasks = EVERYTHING[name]
    found = conversions.measured(estimator, *tasks)
    kind, bound = BOUNDS[name]
    assert found.difference <= bound
    assert kind == ("float64" if found.is_wide else "float32")


@pytest.mark.parametrize("name", conversions.NOT_CONVERTIBLE)
def test_what_is_not_convertible_is_refused(name: str) -> None:
    estimator, _why = conversions.NOT_CONVERTIBLE[name]
    classes = 0 if "Regressor" in name or name == "KernelRidge" else 3
    with pytest.raises(ExportError):
        conversions.exported(estimator, classes)
