"""The requests of some versions, from live counts: how many failed, and how many were slow."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gatekeeper.live.version_sum import HourSum
from shared.live.hour import LATENCY_EDGES


@dataclass(frozen=True)
class RequestCounts:
    """Counted requests. Mistakes of clients are left out: they neither add nor hide failures."""

    answered: int = 0
    errors: int = 0
    """Requests with status 5xx."""
    not_finite: int = 0
    """Requests with a usual row for which the model's answer is not finite."""
    latencies: tuple[int, ...] = (0,) * (len(LATENCY_EDGES) + 1)
    """All requests in each latency bin."""

    @property
    def failed(self) -> int:
        """The requests in which the model or its worker failed."""
        return self.errors + self.not_finite

    @property
    def total(self) -> int:
        """The requests that were answered or failed."""
        return self.answered + self.failed

    def count_slower(self, seconds: float) -> int:
        """Count the requests that surely took longer: those in bins above *seconds*."""
        return sum(
            count
            for edge, count in zip(LATENCY_EDGES, self.latencies[1:], strict=True)
            if edge >= seconds
        )


def count_requests(hours: Iterable[HourSum], versions: Collection[int]) -> RequestCounts:
    """Add up the requests of *versions*. A number is never used twice, so all belong to them."""
    answered = errors = not_finite = 0
    latencies = [0] * (len(LATENCY_EDGES) + 1)
    for hour in hours:
        for each in hour.versions:
            if each.version not in versions:
                continue
            requests = each.requests
            answered += requests.answered
            errors += requests.failed
            not_finite += requests.not_finite
            latencies = [a + b for a, b in zip(latencies, each.latencies, strict=True)]
    return RequestCounts(answered, errors, not_finite, tuple(latencies))
