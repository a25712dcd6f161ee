"""The curves of two candidates are drawn in the same pictures."""

import re

from shared.reports.figures import OtherReport, draw_figures, has_common_curves
from shared.reports.report_document import CandidateReport, Points
from tests.unit.shared.reports.test_html_report import curves, report

NAMES = ("this candidate", "production v3")
DOTS = Points(x=(1.0, 2.0), y=(0.5, -0.5))


def lines(svg: str) -> int:
    return len(re.findall(r'class="line reactive', svg))


def overlaid(ours: CandidateReport, theirs: CandidateReport) -> list[tuple[int, int]]:
    """Return the number of lines of each figure, without and with the other report."""
    one, two = draw_figures(ours), draw_figures(ours, OtherReport(theirs, NAMES))
    return [(lines(a.svg), lines(b.svg)) for a, b in zip(one, two, strict=True)]


def test_the_other_curve_of_one_class_has_its_own_colour_and_name() -> None:
    assert overlaid(report(), report()) == [(2, 3)] * 3
    for figure in draw_figures(report(), OtherReport(report(), NAMES)):
        assert figure.legend == ((NAMES[0], "color-0"), (NAMES[1], "color-1"))


def test_the_other_curves_of_many_classes_are_dotted_in_the_same_colours() -> None:
    ours = report(curves=(curves("a"), curves("b"), curves("c")))
    theirs = report(curves=(curves("c"), curves("gone"), curves("b")))
    assert overlaid(ours, theirs) == [(4, 6)] * 3
    for figure in draw_figures(ours, OtherReport(theirs, NAMES)):
        assert set(re.findall(r"behind (color-\d)", figure.svg)) == {"color-2", "color-1"}
        assert figure.legend == (("a", "color-0"), ("b", "color-1"), ("c", "color-2"))
        assert figure.note.endswith("Thin and dotted: the same classes of production v3.")


def test_curves_of_other_classes_are_not_drawn() -> None:
    assert overlaid(report("large"), report("small")) == [(2, 2)] * 3


def test_residuals_of_both_are_drawn() -> None:
    ours = report(curves=(), residuals=DOTS)
    (figure,) = draw_figures(ours, OtherReport(ours, NAMES))
    assert figure.svg.count("<circle") == 4
    assert [name for name, _ in figure.legend] == list(NAMES)
    (alone,) = draw_figures(ours, OtherReport(report(), NAMES))
    assert (alone.svg.count("<circle"), alone.legend) == (2, ())


def test_reports_without_curves_of_the_same_kind_have_nothing_to_draw_together() -> None:
    of_numbers = report(curves=(), residuals=DOTS)
    assert has_common_curves(report(), report())
    assert has_common_curves(of_numbers, of_numbers)
    assert not has_common_curves(report("large"), report("small"))
    assert not has_common_curves(of_numbers, report())
    assert not has_common_curves(report(), of_numbers)


def test_the_share_of_a_single_class_is_the_baseline_of_precision() -> None:
    def dashed(shown: CandidateReport) -> str:
        _, precision, _ = draw_figures(shown)
        (line,) = re.findall(r'class="reference".*?d="([^"]*)"', precision.svg, re.DOTALL)
        return str(line)

    rare = report(curves=(curves("a").model_copy(update={"rows": 1}),))
    heights = [dashed(shown).split()[-1] for shown in (rare, report())]
    assert float(heights[0]) > float(heights[1]), "a smaller share is lower in the picture"
