"""Do labels show that the version on probation is worse than its predecessor? Pure."""

from dataclasses import dataclass
from typing import Any

from gatekeeper.evidence.live_results import LabelledScores
from gatekeeper.policy.terms.score_text import show_distinct
from gatekeeper.probation.evidence_of_excess import ERROR
from gatekeeper.probation.evidence_of_loss import is_below
from shared.metric_text import name_metric, show_difference


@dataclass(frozen=True)
class LabelLimits:
    """How much worse the version on probation may be, and how sure a rollback must be."""

    metric: str = "f1"
    """METRIC."""
    allowed: float = 0.0
    """The smallest difference to the predecessor's score that is allowed; at most 0."""
    error: float = ERROR
    """The largest probability that an equally good version is found to be worse."""

    @classmethod
    def choose(cls, metric: str, min_improvement: float, confidence: float | None) -> "LabelLimits":
        """Return the limits that follow from the settings of the gate.

        A drop that the gate allows is allowed here too. A confidence above 1 - ERROR counts.
        """
        error = ERROR if confidence is None else min(ERROR, 1 - confidence)
        return cls(metric, min(0.0, min_improvement), error)


def shows_loss(found: LabelledScores, limits: LabelLimits) -> bool:
    """Return whether the score is surely lower than allowed, for any number of looks."""
    difference = found.difference
    if difference is None:
        return False
    differing = difference.differing_keys
    return is_below(
        difference.difference - limits.allowed,
        difference.standard_error,
        ids=found.ids,
        differing=(difference.differing_rows or 0) if differing is None else differing,
        error=limits.error,
    )


def observe_loss(found: LabelledScores) -> dict[str, Any]:
    """Return what a decision records."""
    assert found.difference is not None  # noqa: S101 - it shows a loss
    return {
        "rows": found.rows,
        "ids": found.ids,
        "score": found.challenger,
        "score_before": found.champion,
        "difference": found.difference.difference,
        "standard_error": found.difference.standard_error,
        "differing_rows": found.difference.differing_rows,
    }


def describe_loss(found: LabelledScores, limits: LabelLimits, predecessor: int) -> str:
    """Say how much worse it is, and on which rows."""
    allowed = ""
    if limits.allowed:
        allowed = f"; {show_difference(limits.metric, limits.allowed)} is allowed"
    return f"Labels show that it is worse: {describe_scores(found, limits, predecessor)}{allowed}."


def describe_scores(found: LabelledScores, limits: LabelLimits, predecessor: int) -> str:
    """Return both scores and the rows, without a full stop."""
    assert found.challenger is not None  # noqa: S101 - both were scored
    assert found.champion is not None  # noqa: S101 - as above
    shown = show_distinct(limits.metric, found.challenger, found.champion)
    rows = f"{found.rows:,} labelled row{'s' if found.rows > 1 else ''}"
    return (
        f"its {name_metric(limits.metric)} is {shown[0]}, and that of version {predecessor} is "
        f"{shown[-1]}, on {rows} that neither was fitted on"
    )
