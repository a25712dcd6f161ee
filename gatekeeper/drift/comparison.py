"""Compare windows of production with the reference: which parts differ, and by how much?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gatekeeper.drift.compared_parts import ComparedPart
from gatekeeper.drift.exact_test import compute_p_value
from gatekeeper.drift.stability_index import compute_stability_index
from gatekeeper.live.version_sum import VersionSum

YEAR_SECONDS = 365.25 * 24 * 3600.0
ENDING_SHARE = 0.5
"""A known drift lasts while its index is at least this share of the limit."""

Key = tuple[str, str | None]
"""The part and the feature."""


@dataclass(frozen=True)
class Difference:
    """A part that drifts, in the window in which it differs most."""

    part: ComparedPart
    stability_index: float
    p_value: float
    rows: int


@dataclass(frozen=True)
class DriftLimits:
    """The settings of drift."""

    index: float = 0.2
    """The smallest population stability index that is large."""
    alarms_per_year: float = 1.0
    """The expected number of false alarms in a year, at most."""

    def level(self, elapsed_seconds: float, tests: int) -> float:
        """Return the largest p-value that is significant in each of *tests*.

        A look may spend the alarms of the time since the last look. So the sum over all looks of
        a year is `alarms_per_year`, however often it looks and however its windows overlap.
        """
        return self.alarms_per_year * elapsed_seconds / YEAR_SECONDS / max(tests, 1)


def compare(
    parts: Sequence[ComparedPart],
    windows: Sequence[VersionSum],
    limits: DriftLimits,
    level: float,
    known: Collection[Key] = (),
) -> list[Difference]:
    """Return the parts that differ in one of *windows*, each once.

    A new difference has at least the index of the limits, and at most the p-value *level*. The
    parts in *known* drifted before: half of the index suffices, because a drift that lasts needs
    no new proof.
    """
    found = []
    counted = [(window, window.features) for window in windows]  # once: there may be thousands
    for part in parts:
        is_known = (part.part, part.feature) in known
        differences = [
            each
            for window in counted
            if (
                each := find_difference(part, part.count(*window), limits, level, is_known=is_known)
            )
        ]
        if differences:
            found.append(max(differences, key=lambda each: each.stability_index))
    return found


def find_difference(
    part: ComparedPart,
    counts: Sequence[int],
    limits: DriftLimits,
    level: float,
    *,
    is_known: bool = False,
) -> Difference | None:
    """Return the difference of *counts* from the reference, or None if it is small or chance."""
    index = compute_stability_index(part.counts, counts)
    if index < limits.index * (ENDING_SHARE if is_known else 1):
        return None
    p_value = compute_p_value(part.counts, counts, is_ordered=part.is_ordered)
    if not is_known and p_value > level:
        return None
    return Difference(part, index, p_value, sum(counts))
