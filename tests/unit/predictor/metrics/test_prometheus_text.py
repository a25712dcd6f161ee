"""Prometheus' own parser reads the samples back from the page."""

import math

from hypothesis import given
from hypothesis import strategies as st

from predictor.metrics.prometheus_text import Family, observe, render
from tests.support.http.metrics_page import MetricsPage

COUNTER = Family("toys_total", "counter", 'Toys \\ of "all"\nkinds.', ("kind",))
GAUGE = Family("toys_now", "gauge", "Toys at hand.")
HISTOGRAM = Family("toy_seconds", "histogram", "Time to make one.", ("kind",), (0.5, 1.0, 2.5))


def test_counters_and_gauges_can_be_parsed() -> None:
    page = MetricsPage(render({COUNTER: {("car",): [3.0]}, GAUGE: {(): [0.25]}}).decode())
    assert page("toys_total", kind="car") == 3
    assert page("toys_now") == 0.25
    assert page.families["toys_total"].documentation == COUNTER.help


def test_integers_are_written_without_a_fraction() -> None:
    text = render({COUNTER: {("car",): [2.0**53]}, GAUGE: {(): [1e-9]}}).decode()
    assert text.splitlines()[2] == 'toys_total{kind="car"} 9007199254740992'
    assert text.splitlines()[-1] == "toys_now 1e-09"


def test_the_bounds_of_a_histogram_are_inclusive() -> None:
    sample = [0.0] * HISTOGRAM.length
    observe(sample, HISTOGRAM.bounds, 0.5)
    observe(sample, HISTOGRAM.bounds, 0.75, count=2)
    observe(sample, HISTOGRAM.bounds, 100.0)
    page = MetricsPage(render({HISTOGRAM: {("car",): sample}}).decode())
    assert page.all("toy_seconds_bucket") == {
        ("car", "0.5"): 1,
        ("car", "1.0"): 3,
        ("car", "2.5"): 3,
        ("car", "+Inf"): 4,
    }
    assert page("toy_seconds_sum", kind="car") == 102
    assert page("toy_seconds_count", kind="car") == 4


def test_a_family_without_samples_is_described() -> None:
    page = MetricsPage(render({HISTOGRAM: {}}).decode())
    assert page.families["toy_seconds"].type == "histogram"
    assert page.families["toy_seconds"].samples == []


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_a_label(text: str) -> None:
    page = render({COUNTER: {(text,): [1.0]}}).decode()
    # The parser splits lines like Python; Prometheus splits them only at line feeds.
    assert page.count("\n") == 3
    if len(page.splitlines()) == 3:
        assert MetricsPage(page)("toys_total", kind=text) == 1


def test_a_character_that_utf_8_cannot_encode_is_replaced() -> None:
    assert b'kind="a?b"' in render({COUNTER: {("a\ud800b",): [1.0]}})


@given(st.lists(st.floats(min_value=0, max_value=1e6)))
def test_every_value_is_in_one_bucket(values: list[float]) -> None:
    sample = [0.0] * HISTOGRAM.length
    for value in values:
        observe(sample, HISTOGRAM.bounds, value)
    assert sum(sample[:-1]) == len(values)
    assert math.isclose(sample[-1], math.fsum(values), rel_tol=1e-9)
