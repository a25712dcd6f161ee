"""Percentiles of latency are within their bin, and in order."""

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.live_status.latency import find_percentile
from shared.live.hour import LATENCY_EDGES

BINS = len(LATENCY_EDGES) + 1


@given(st.lists(st.integers(0, 1000), min_size=BINS, max_size=BINS).filter(any))
def test_a_percentile_is_in_the_bin_of_its_request(counts: list[int]) -> None:
    requests = [place for place, count in enumerate(counts) for _ in range(count)]
    for share in (0.5, 0.95):
        found = find_percentile(counts, share)
        assert found is not None
        exact = requests[-(-len(requests) * round(100 * share) // 100) - 1]
        low = LATENCY_EDGES[exact - 1] if exact else 0.0
        high = LATENCY_EDGES[min(exact, BINS - 2)]
        assert min(low, high) <= found <= high
    half, most = find_percentile(counts, 0.5), find_percentile(counts, 0.95)
    assert half is not None
    assert most is not None
    assert half <= most


def test_without_requests_there_is_none() -> None:
    assert find_percentile([0] * BINS, 0.5) is None
    assert find_percentile([], 0.5) is None
