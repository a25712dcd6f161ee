"""The tables of docs/estimators.md are what is measured."""

import re

import pytest

from shared.errors import ExportError
from tests.contract import conversions, convertible
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
        *convertible.CLASSIFIERS,
        *convertible.REGRESSORS,
        *convertible.STEPS,
    ]
    assert len(BOUNDS) >= 25
    assert {name: why for name, (_, why) in convertible.NOT_CONVERTIBLE.items()} == REASONS


@pytest.mark.thorough
@pytest.mark.parametrize("name", EVERYTHING)
def test_it_converts_as_exactly_as_is_stated(name: str) -> None:
    estimator, tasks = EVERYTHING[name]
    found = conversions.measured(estimator, *tasks)
    kind, bound = BOUNDS[name]
    assert found.difference <= bound
    assert kind == ("float64" if found.is_wide else "float32")


@pytest.mark.thorough
@pytest.mark.parametrize("name", convertible.NOT_CONVERTIBLE)
def test_what_is_not_convertible_is_refused(name: str) -> None:
    estimator, _why = convertible.NOT_CONVERTIBLE[name]
    classes = 0 if "Regressor" in name or name == "KernelRidge" else 3
    with pytest.raises(ExportError):
        conversions.exported(estimator, classes)
