"""Samples become a page that Prometheus' own parser reads back."""

import math

from hypothesis import given
from hypothesis import strategies as st

from predictor.metrics.prometheus_text import Family, observe, render
from tests.support.http.metrics_page import MetricsPage

COUNTER = Family("toys_total", "counter", 'Toys \\ of "all"\nkinds.', ("kind",))
GAUGE = Family("toys_now", "gauge", "Toys at hand.")
HISTOGRAM = Family("toy_seconds", "histogram", "Time to make one.", ("kind",), (0.5, 1.0, 2.5))


def test_a_counter_and_a_gauge() -> None:
    page = MetricsPage(render({COUNTER: {("car",): [3.0]}, GAUGE: {(): [0.25]}}).decode())
    assert page("toys_total", kind="car") == 3
    assert page("toys_now") == 0.25
    assert page.families["toys_total"].documentation == COUNTER.help


def test_whole_numbers_are_written_whole() -> None:
    text = render({COUNTER: {("car",): [2.0**53]}, GAUGE: {(): [1e-9]}}).decode()
    assert text.splitlines()[2] == 'toys_total{kind="car"} 9007199254740992'
    assert text.splitlines()[-1] == "toys_now 1e-09"


def test_a_histogram_counts_up_to_each_bound_the_bound_included() -> None:
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
    # The parser splits lines as Python does, Prometheus at line feeds alone.
    assert page.count("\n") == 3
    if len(page.splitlines()) == 3:
        assert MetricsPage(page)("toys_total", kind=text) == 1


def test_what_cannot_be_encoded_costs_no_more_than_itself() -> None:
    assert b'kind="a?b"' in render({COUNTER: {("a\ud800b",): [1.0]}})


@given(st.lists(st.floats(min_value=0, max_value=1e6)))
def test_every_value_is_counted_once(values: list[float]) -> None:
    sample = [0.0] * HISTOGRAM.length
    for value in values:
        observe(sample, HISTOGRAM.bounds, value)
    assert sum(sample[:-1]) == len(values)
    assert math.isclose(sample[-1], math.fsum(values), rel_tol=1e-9)
