"""When to retry a model that failed to load. Pure: the caller passes the time."""

from collections.abc import Sequence
from dataclasses import dataclass

BACKOFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0)
QUARANTINE_SECONDS = 60.0


@dataclass(frozen=True)
class LoadFailure:
    """The failures of one digest."""

    attempts: int
    version: int
    """The newest registry version for which it was tried."""
    retry_at: float
    """Seconds on the caller's clock."""
    quarantined: bool


class RetrySchedule:
    """Retries a failing digest after 1, 2, 4, 8 and 16 s, and then puts it in quarantine.

    In quarantine it is retried once a minute, so that a repaired volume recovers by itself. A
    newer registry version with the same digest gets one attempt at once, also in quarantine.
    A digest that loads is forgotten.
    """

    def __init__(
        self,
        backoff_seconds: Sequence[float] = BACKOFF_SECONDS,
        quarantine_seconds: float = QUARANTINE_SECONDS,
    ) -> None:
        self._backoff = tuple(backoff_seconds)
        self._quarantine = quarantine_seconds
        self._failures: dict[str, LoadFailure] = {}

    def is_due(self, digest: str, version: int, now: float) -> bool:
        """Report whether to try *digest* now, as registry version *version*."""
        failure = self._failures.get(digest)
        return failure is None or version > failure.version or now >= failure.retry_at

    def record_failure(self, digest: str, version: int, now: float) -> LoadFailure:
        """Record one more failure and decide when to retry."""
        before = self._failures.get(digest)
        attempts = before.attempts + 1 if before else 1
        quarantined = attempts > len(self._backoff)
        wait = self._quarantine if quarantined else self._backoff[attempts - 1]
        failure = LoadFailure(attempts, version, now + wait, quarantined)
        self._failures[digest] = failure
        return failure

    def forget(self, digest: str) -> None:
        """Forget the failures of a digest that loads."""
        self._failures.pop(digest, None)
