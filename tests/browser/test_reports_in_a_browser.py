"""report.html as its readers open it: a file from a disk, without a server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from shared.reports.html_report import render_report
from shared.reports.report_document import MAX_CURVES, CandidateReport, ClassCurves, Points
from tests.support.stores.builders import toy_candidate

Open = Callable[..., Page]
PHONE = {"width": 360, "height": 740}
HOSTILE = "\"'><img src=x onerror=hacked=1><script>hacked=1</script>"
CLASSES = (HOSTILE, "long" * 20, *(f"class {number}" for number in range(2, MAX_CURVES)))


def fan(name: str, place: int) -> ClassCurves:
    """Return a curve that no other class has."""
    points = Points(x=(0.0, 0.1 + 0.05 * place, 1.0), y=(0.0, 0.9 - 0.05 * place, 1.0))
    return ClassCurves(
        name=name,
        rows=1,
        roc=points,
        roc_auc=0.9,
        precision_recall=points,
        average_precision=0.9,
        calibration=points,
    )


def report(**changes: object) -> CandidateReport:
    nothing = CandidateReport(
        rows=10,
        confusion_matrix=None,
        curves=(),
        residuals=None,
        importances=(),
        importance_rows=10,
        shuffles=5,
    )
    return nothing.model_copy(update=changes)


MANY = report(
    confusion_matrix=tuple((1,) * MAX_CURVES for _ in range(MAX_CURVES)),
    curves=tuple(fan(name, place) for place, name in enumerate(CLASSES)),
)
RESIDUALS = report(residuals=Points(x=(1.0, 2.0, 1e6), y=(0.1, -0.1, 0.0)))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[CandidateReport, tuple[str, ...]], str]:
    """Return a function that writes a report and returns its address."""

    def write(shown: CandidateReport, classes: tuple[str, ...]) -> str:
        path = tmp_path / "report.html"
        manifest = toy_candidate(model_name=HOSTILE).manifest
        path.write_text(render_report(manifest, shown, classes), encoding="utf-8")
        return path.as_uri()

    return write


Write = Callable[[CandidateReport, tuple[str, ...]], str]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("shown", "classes"), [(MANY, CLASSES), (RESIDUALS, ())], ids=["ten classes", "a regression"]
)
def test_axe_finds_no_violation_and_the_report_fits_a_phone(
    written: Write, open_page: Open, shown: CandidateReport, classes: tuple[str, ...], scheme: str
) -> None:
    page = open_page(written(shown, classes), color_scheme=scheme, viewport=PHONE)
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("typeof hacked") == "undefined"


DRAWN = """names => [...document.querySelectorAll(names)].map(line => {
  const style = getComputedStyle(line);
  return [style.stroke, style.strokeDasharray, style.strokeWidth];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_curves_of_all_classes_look_different(
    written: Write, open_page: Open, scheme: str
) -> None:
    page = open_page(written(MANY, CLASSES), color_scheme=scheme)
    figure = "figure:first-of-type"
    curves = page.evaluate(DRAWN, f"{figure} .chart .series path.line")
    assert len(curves) == MAX_CURVES
    assert len({tuple(look) for look in curves}) == MAX_CURVES
    assert not [look for look in curves if look[0] in {"none", "rgb(0, 0, 0)"}]
    assert page.evaluate(DRAWN, f"{figure} .legend path") == curves
    names = page.locator(f"{figure} .legend li").all_inner_texts()
    assert [name.strip() for name in names] == list(CLASSES)
