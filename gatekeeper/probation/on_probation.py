"""The version on probation, by the log and the clock of the volume."""

from collections.abc import Iterable
from dataclasses import dataclass

from gatekeeper.live.volume_clock import VolumeClock
from shared.contract.documents import Decision, Registry
from shared.contract.layout import StoreLayout


@dataclass(frozen=True)
class Probation:
    """A version on probation, and the version that comes back if it fails."""

    registry: Registry
    """The registry in force."""
    begun_by: int
    """The number of the decision that promoted its model."""
    versions: frozenset[int]
    """The versions of its model since then: a model may be promoted again, byte for byte."""
    predecessor: Registry

    @property
    def version(self) -> int:
        """The version in production."""
        return self.registry.version


def find_probation(decisions: Iterable[Decision]) -> Probation | None:
    """Return the last promotion that is not followed by a rollback; *decisions* newest first.

    None without a predecessor, and after a rollback: somebody chose the model that is restored.
    """
    newest: Registry | None = None
    begun_by, versions = 0, set[int]()
    for decision in decisions:
        registry = decision.registry
        if registry is None:
            continue
        if newest is not None and registry.digest != newest.digest:
            return Probation(newest, begun_by, frozenset(versions), registry)
        if decision.outcome != "promoted":
            return None
        newest = newest or registry
        begun_by = decision.number
        versions.add(registry.version)
    return None


class ProbationClock:
    """The time that is left, from the clock that stamps the entries of the log. For any thread."""

    def __init__(self, layout: StoreLayout, seconds: float) -> None:
        """Take the length of each probation in seconds; 0 if there is none."""
        self._layout = layout
        self._seconds = seconds
        self._clock = VolumeClock(layout.root)

    def seconds_left(self, probation: Probation) -> float:
        """Return the seconds until the probation ends; 0 if it is over. Raises OSError."""
        if not self._seconds:
            return 0.0
        began = self._layout.decision(probation.begun_by).stat().st_mtime
        passed = max(0.0, self._clock() - began)
        return max(0.0, self._seconds - passed)
