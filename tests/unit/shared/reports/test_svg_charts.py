"""Pictures, as the style sheet of the pages colours them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from shared.reports.page_files import STYLE_SHEET
from shared.reports.report_document import MAX_CURVES
from shared.reports.score_chart import ScorePoints, draw_scores
from shared.reports.svg_charts import draw_curves, draw_interval
from tests.support.project import ROOT

DRAW = (
    "from shared.reports.svg_charts import draw_curves; "
    "print(draw_curves('ROC', ('x', 'y'), {'a': [(0, 0), (1, 1)]})); "
    "import colorsys"
)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter() if element.text]  # noqa: S314 - our own


def test_a_chart_is_the_same_with_lxml_and_later_imports_print_nothing(tmp_path: Path) -> None:
    """Replace lxml by a module that cannot draw: pygal would use it."""
    (tmp_path / "lxml").mkdir()
    for name in ("__init__.py", "etree.py"):
        (tmp_path / "lxml" / name).touch()
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    drawn = subprocess.run(
        [sys.executable, "-c", DRAW],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert drawn.stderr == ""
    assert drawn.stdout.strip() == draw_curves("ROC", ("x", "y"), {"a": [(0, 0), (1, 1)]})


def test_as_many_curves_as_there_may_be_have_a_colour_or_dashes_of_their_own() -> None:
    svg = draw_curves("ROC", ("x", "y"), {str(i): [(0, 0), (1, 1)] for i in range(MAX_CURVES)})
    drawn = set(re.findall(r"\bcolor-(\d+)", svg))
    assert drawn == {str(number) for number in range(MAX_CURVES)}
    styled = set(re.findall(r"\.color-(\d+)", STYLE_SHEET.read_text()))
    assert drawn <= styled


def test_a_single_score_is_written_short_on_its_axis() -> None:
    points = ScorePoints(promoted=[(1, 0.7985353197)])
    svg = draw_scores("f1", ("decision", "f1"), points)
    assert "0.798535" in texts(svg)
    assert max(len(text) for text in texts(svg)) < len("0.7985353197")


@pytest.mark.parametrize(
    "values",
    [(0.0, 5e-324), (1.7e308, 0.0), (1.7e308, -1.7e308), (1e17, 1e17 + 16), (-1e17, -1e17 - 16)],
    ids=["tiny", "huge", "both signs", "no room for steps", "no room below zero"],
)
def test_a_chart_that_pygal_cannot_draw_says_so(values: tuple[float, float]) -> None:
    low, high = values
    series = {"a": [(0.0, low), (1.0, high)]}
    points = ScorePoints(promoted=[(1, low), (2, high)])
    for drawn in (
        draw_curves("x", ("x", "y"), series, dots=True),
        draw_interval("x", "x", low, low, high),
        draw_scores("x", ("x", "y"), points),
    ):
        assert "This chart cannot be shown" in drawn


@pytest.mark.parametrize(
    "values", [(0.0, 1e-90), (0.0, 0.0), (1e90, 2e90), (7.0, 7.0), (1e6, 1e6 + 0.01)]
)
def test_other_numbers_are_drawn(values: tuple[float, float]) -> None:
    assert "<svg" in draw_curves("x", ("x", "y"), {"a": [(0.0, values[0]), (1.0, values[1])]})
