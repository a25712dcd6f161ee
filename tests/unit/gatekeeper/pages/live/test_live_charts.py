"""Charts of the live page are valid SVG, with readable axes and escaped names."""

from datetime import UTC, datetime
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.live_status.bodies import Distribution, LiveFeature
from gatekeeper.live_status.time_range import RangeName, choose_range
from gatekeeper.pages.live.distribution_chart import draw_distribution
from gatekeeper.pages.live.number_text import show_count, show_seconds
from gatekeeper.pages.live.plot import Mark, find_ticks, round_up
from gatekeeper.pages.live.prediction_charts import group_bins
from gatekeeper.pages.live.time_charts import draw_bars, draw_lines

NOW = datetime(2026, 1, 31, 11, 30, tzinfo=UTC)
HOSTILE = "\"'><script>hacked=1</script>\u202e"


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own chart


@given(st.floats(1e-9, 1e12))
def test_an_axis_ends_at_a_round_number_above_all_values(largest: float) -> None:
    top = round_up(largest)
    assert largest <= top * (1 + 1e-9)
    assert top <= 2.6 * largest
    ticks = find_ticks(top)
    assert 2 <= len(ticks) <= 6
    assert ticks[0] == 0
    assert ticks[-1] == pytest.approx(top)


def test_an_axis_of_counts_has_whole_numbers() -> None:
    assert find_ticks(round_up(1), is_whole=True) == [0, 1]
    assert find_ticks(round_up(0), is_whole=True) == [0, 1]
    assert find_ticks(round_up(3), is_whole=True) == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["hour", "day", "month"])
def test_bars_and_lines_are_valid_svg_for_each_range(name: RangeName) -> None:
    span = choose_range(name, NOW)
    count = len(span.starts)
    marks = [Mark(0.0, 1), Mark(0.99, 2), Mark(1.0, 3)]
    values = [float(place % 7) for place in range(count)]
    bars = draw_bars(
        HOSTILE, span, [("now", values), ("before", [0.0] * count)], show_count, marks=marks
    )
    lines = draw_lines(
        "Latency", span, [("now line", [None, 0.1, None, 0.2, *[0.3] * (count - 4)])], show_seconds
    )
    found = parse(bars)
    assert found.get("aria-label") == HOSTILE
    texts = [each.text for each in found.iter() if each.tag == "text"]
    assert texts.count("v3") == 1, "of marks beside each other, only the newest has a label"
    assert "v2" not in texts
    assert sum(each.get("class") == "promotion" for each in found) == 3
    assert len(parse(lines).findall("circle")) == 1, "a lonely value is a dot"


def feature(**changes: object) -> LiveFeature:
    fields = {
        "name": HOSTILE,
        "bins": [HOSTILE, "right"],
        "edges": None,
        "reference": [80, 20],
        "live": [20, 60],
        "reference_missing": 0,
        "live_missing": 0,
        "live_unseen": 20,
        "drift": [],
    }
    return LiveFeature.model_validate(fields | changes)


def test_a_distribution_has_unseen_strings_as_a_bar_and_names_the_largest_difference() -> None:
    chart = draw_distribution(feature())
    assert [(bar.label, bar.reference, bar.live) for bar in chart.bars] == [
        (HOSTILE, 0.8, 0.2),
        ("right", 0.2, 0.6),
        ("unseen", 0.0, 0.2),
    ]
    assert chart.sentence.endswith("20 % of the rows; 80 % in the reference.")
    found = parse(chart.svg)
    assert found.get("aria-label") == chart.sentence
    assert "unseen" in [each.text for each in found.iter()]
    assert "<script" not in chart.svg


def test_a_distribution_without_rows_or_difference_says_so() -> None:
    empty = draw_distribution(feature(live=[0, 0], live_unseen=0))
    assert empty.sentence == "No rows are counted in this time."
    same = draw_distribution(feature(live=[8, 2], live_unseen=0))
    assert same.sentence == "The shares are those of the reference."


@given(st.integers(1, 50))
def test_labels_of_edges_do_not_overlap(count: int) -> None:
    edges = [1000.5 * place for place in range(count)]
    found = Distribution(
        bins=["bin"] * (count + 1), edges=edges, reference=[1] * (count + 1), live=[0] * (count + 1)
    )
    texts = [each for each in parse(draw_distribution(found).svg) if each.tag == "text"]
    places = sorted(float(str(each.get("x"))) for each in texts[1:])
    assert all(b - a >= 38 for a, b in pairwise(places))


def test_many_classes_are_the_most_frequent_ones_and_all_others() -> None:
    counts = [0, *range(1, 10)]
    labels = [f"class {place}" for place in range(10)]
    groups = group_bins(labels, {NOW: counts}, is_ordered=False)
    assert [each.label for each in groups] == [
        *(f"class {place}" for place in (9, 8, 7, 6, 5)),
        "other classes",
    ]
    assert sum(each.sum(counts) for each in groups) == sum(counts)


def test_numbers_are_intervals_beside_each_other() -> None:
    labels = ["up to 1", "1 to 2", "2 to 3", "3 to 4", "4 to 5", "above 5"]
    groups = group_bins(labels, {NOW: [1] * 6}, is_ordered=True)
    assert [each.label for each in groups] == ["up to 2", "2 to 4", "above 4"]
    assert [each.sum([1] * 6) for each in groups] == [2, 2, 2]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0.00082, "0.82 ms"), (0.0123, "12 ms"), (0.25, "250 ms"), (1.234, "1.23 s")],
)
def test_a_latency_has_the_unit_that_fits(seconds: float | None, text: str) -> None:
    assert show_seconds(seconds) == text
