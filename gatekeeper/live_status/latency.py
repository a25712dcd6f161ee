"""Percentiles of latency, from counts in bins."""

from collections.abc import Sequence

from shared.live.hour import LATENCY_EDGES


def find_percentile(counts: Sequence[int], share: float) -> float | None:
    """Return the latency in seconds that *share* of the requests do not exceed; None without any.

    It is interpolated within its bin, as Prometheus does. In the last bin, which has no end, it is
    the last edge.
    """
    total = sum(counts)
    if not total:
        return None
    rank, below, low = share * total, 0, 0.0
    for count, high in zip(counts, LATENCY_EDGES, strict=False):
        if below + count >= rank and count:
            return low + (high - low) * (rank - below) / count
        below, low = below + count, high
    return LATENCY_EDGES[-1]
