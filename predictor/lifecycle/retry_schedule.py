"""When a model that failed to load is tried again. Pure: the caller brings the clock."""

from collections.abc import Sequence
from dataclasses import dataclass

BACKOFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0)
QUARANTINE_SECONDS = 60.0


@dataclass(frozen=True)
class LoadFailure:
    """What is known of a digest that failed to load."""

    attempts: int
    version: int
    """The newest registry version for which it was tried."""
    retry_at: float
    """On the caller's clock, in seconds."""
    quarantined: bool


class RetrySchedule:
    """Tries a failing digest after 1, 2, 4, 8 and 16 s; then it is in quarantine.

    In quarantine it is tried once a minute, so that a repaired volume heals by itself. A newer
    registry version that names the digest is tried at once, one time, in quarantine or not.
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
        """Whether to try *digest* now, as registry version *version*."""
        failure = self._failures.get(digest)
        return failure is None or version > failure.version or now >= failure.retry_at

    def record_failure(self, digest: str, version: int, now: float) -> LoadFailure:
        """Note one more failure; says when it is tried again."""
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
