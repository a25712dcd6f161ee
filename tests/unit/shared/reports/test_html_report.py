"""report.html is one file without script."""

import re
from html.parser import HTMLParser

import pytest

from shared.contract.documents import Manifest
from shared.contract.run_results import Baseline, CandidateResult
from shared.contract.threshold import LabelThreshold
from shared.reports.html_report import render_report
from shared.reports.report_document import CandidateReport, ClassCurves, Importance, Points
from tests.support.models.toy import CLASSES
from tests.support.stores.builders import toy_candidate

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(2)>'&amp;\u202e"""
LINE = Points(x=(0.0, 0.5, 1.0), y=(0.0, 0.9, 1.0))


def curves(name: str) -> ClassCurves:
    return ClassCurves(
        name=name,
        rows=5,
        roc=LINE,
        roc_auc=0.9,
        precision_recall=LINE,
        average_precision=0.8,
        calibration=LINE,
    )


def report(name: str = "large", **changes: object) -> CandidateReport:
    found = CandidateReport(
        rows=10,
        confusion_matrix=((4, 1), (0, 5)),
        curves=(curves(name),),
        residuals=None,
        importances=(Importance(feature=name, drop=0.1, deviation=0.01),),
        importance_rows=10,
        shuffles=5,
    )
    return found.model_copy(update=changes)


MANIFEST: Manifest = toy_candidate().manifest


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_shows_what_the_report_says() -> None:
    page = Elements(render_report(MANIFEST, report(), CLASSES))

    assert "toy" in page.texts
    assert "1.0000" in page.texts, "the score"
    assert [picture["aria-label"] for picture in page.all("svg")] == [
        "ROC",
        "Precision and recall",
        "Calibration",
    ]
    assert {"4", "1", "0", "5", "0.8000", "0.9000"} <= set(page.texts)


def test_a_regression_has_residuals_and_no_classes() -> None:
    shown = report(confusion_matrix=None, curves=(), residuals=LINE)
    page = Elements(render_report(MANIFEST, shown, ()))

    assert [picture["aria-label"] for picture in page.all("svg")] == ["Residuals"]
    assert "Confusion matrix" not in page.texts


def test_a_model_without_curves_and_importances_has_a_page_too() -> None:
    shown = report(curves=(), importances=())
    assert not Elements(render_report(MANIFEST, shown, CLASSES)).all("svg")


@pytest.mark.parametrize("importance", [0.0, -0.1])
def test_features_that_do_not_matter_have_empty_bars(importance: float) -> None:
    useless = Importance(feature="width", drop=importance, deviation=0.0)
    page = Elements(render_report(MANIFEST, report(importances=(useless,)), CLASSES))
    assert [bar["value"] for bar in page.all("meter")] == ["0.0"]


def test_the_page_shows_the_baseline_and_the_threshold_beside_the_scores() -> None:
    baseline = Baseline(
        answer="the positive class, <b>large",
        metrics={"accuracy": 0.5123},
        holdout_metrics={"accuracy": 0.4321},
    )
    threshold = LabelThreshold(label="large", probability=0.3)
    manifest = MANIFEST.model_copy(update={"baseline": baseline, "threshold": threshold})

    page = render_report(manifest, report(), CLASSES)

    assert "baseline 0.4321</p>" in page
    assert '<td class="number">0.4321</td>' in page
    assert '<td class="number">0.5123</td>' in page
    assert "it always answers the positive class, &lt;b&gt;large." in page
    assert "<p>Threshold: large from probability 0.3</p>" in page
    older = Elements(render_report(MANIFEST, report(), CLASSES)).texts
    assert not any("baseline" in text for text in older if "{" not in text)


def test_the_page_says_which_features_were_measured() -> None:
    page = render_report(MANIFEST, report(measured=("width", "<b>"), unmeasured=2998), CLASSES)
    assert "2 of 3000 features were measured" in page
    assert "width, &lt;b&gt;" in page
    assert "features were measured" not in render_report(MANIFEST, report(), CLASSES)


def test_the_page_runs_no_script_and_fetches_nothing() -> None:
    result: CandidateResult = MANIFEST.candidates[0]
    hostile = MANIFEST.model_copy(
        update={
            "model_name": HOSTILE,
            "candidates": (
                result.model_copy(
                    update={"name": HOSTILE, "parameters": {HOSTILE: HOSTILE}, "error": HOSTILE}
                ),
            ),
            "versions": {HOSTILE: HOSTILE},
        }
    )
    text = render_report(hostile, report(HOSTILE), (HOSTILE, "large"))
    page = Elements(text)

    assert not [tag for tag, _ in page.found if tag in {"script", "img", "link", "iframe"}]
    for tag, attributes in page.found:
        assert not {"src", "href", "style"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert HOSTILE.partition("&")[0] in "".join(page.texts)
