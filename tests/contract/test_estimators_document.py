"""The tables of docs/estimators.md are what is measured."""

import re

import pytest

from shared.errors import ExportError
from tests.contract import conversions, convertible, convertible_steps
from tests.support.project import ROOT

DOCUMENT = (ROOT / "docs" / "estimators.md").read_text()
BOUNDS = {
    name: (kind, float(bound), fuzz)
    for name, kind, bound, fuzz in re.findall(
        r"^\| `(.+)` \| (\w+) \| ≤ (\S+) \| (0 of [36],000) \|$", DOCUMENT, re.MULTILINE
    )
}
REASONS = dict(re.findall(r"^\| `(.+)` \| ([^|]+) \|$", DOCUMENT, re.MULTILINE))
EVERYTHING = conversions.everything()


def test_the_document_names_exactly_the_measured_estimators() -> None:
    assert list(BOUNDS) == [
        *convertible.CLASSIFIERS,
        *convertible.REGRESSORS,
        *convertible_steps.STEPS,
    ]
    assert len(BOUNDS) >= 60
    assert {name: why for name, (_, why) in convertible_steps.NOT_CONVERTIBLE.items()} == REASONS


@pytest.mark.thorough
@pytest.mark.parametrize("name", EVERYTHING)
def test_an_estimator_converts_and_passes_the_fuzz_as_documented(name: str) -> None:
    estimator, tasks = EVERYTHING[name]
    found = conversions.measured(estimator, *tasks)
    kind, bound, fuzz = BOUNDS[name]
    assert found.difference <= bound
    assert kind == ("float64" if found.is_wide else "float32")
    assert fuzz == f"{found.otherwise} of {found.fuzz_rows:,}"


@pytest.mark.thorough
@pytest.mark.parametrize("name", convertible_steps.NOT_CONVERTIBLE)
def test_an_estimator_that_is_not_convertible_is_refused(name: str) -> None:
    estimator, _why = convertible_steps.NOT_CONVERTIBLE[name]
    classes = 0 if "Regressor" in name or name == "KernelRidge" else 3
    with pytest.raises(ExportError):
        conversions.exported(estimator, classes)
