"""Count the failures of each model, and decide which model is in quarantine. Pure."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

FAILURES = 2
"""Failures of a model after which it is in quarantine: one may be chance."""
WINDOW_SECONDS = 3600.0
"""Failures that are further apart do not count together."""
MAX_MODELS = 64
"""Models whose failures are kept; those of the oldest failure go first."""

Cause: TypeAlias = Literal["timeout", "crash", "memory", "hang"]
CAUSES: tuple[Cause, ...] = ("timeout", "crash", "memory", "hang")
"""hang: the event loop was stuck, outside a call."""


@dataclass
class ModelFailures:
    """The failures of one model."""

    count: int
    last_at: float
    reason: str
    """The last failure, as a sentence without its end."""
    in_load: bool
    """Whether it fails already when it is loaded."""
    quarantined: bool = False


class FailureBook:
    """The failures of all models since the predictor started."""

    def __init__(self) -> None:
        self._models: dict[str, ModelFailures] = {}
        self._causes = dict.fromkeys(CAUSES, 0)

    def count_cause(self, cause: Cause) -> None:
        """Count a worker that was ended or died for *cause*."""
        self._causes[cause] += 1

    def record(self, digest: str, reason: str, now: float, *, in_load: bool) -> ModelFailures:
        """Record a failure of *digest*. In quarantine it stays there."""
        found = self._models.pop(digest, None)
        if found is None or (now - found.last_at > WINDOW_SECONDS and not found.quarantined):
            found = ModelFailures(0, now, reason, in_load)
        found.count += 1
        found.last_at, found.reason = now, reason
        found.in_load = found.in_load or in_load
        found.quarantined = found.quarantined or found.count >= FAILURES
        if len(self._models) == MAX_MODELS:
            del self._models[next(iter(self._models))]
        self._models[digest] = found  # the newest failure is last
        return found

    def has_failed_since(self, digest: str, moment: float) -> bool:
        """Report whether a failure of *digest* was recorded after *moment*."""
        found = self._models.get(digest)
        return found is not None and found.last_at > moment

    def notice(self) -> dict[str, Any]:
        """Return what workers need to know, as JSON."""
        quarantined = {
            digest: asdict(each) for digest, each in self._models.items() if each.quarantined
        }
        return {"causes": self._causes, "quarantined": quarantined}
