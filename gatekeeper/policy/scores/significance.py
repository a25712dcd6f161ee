"""The check that the difference between both models is more than chance.

The result of the paired bootstrap is always recorded. A confidence makes it a rule.
"""

from gatekeeper.evidence.comparison_messages import ScoreDifference
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.scores.difference_text import (
    describe_bound,
    describe_detectable,
    describe_difference,
    describe_rows_to_show,
    observe,
    read_difference,
    show_short,
)
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.metric_text import is_error


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if facts.challenger is None or facts.challenger.score is None:
        return None
    required, champion = policy.confidence, facts.champion
    if champion is None:
        message = "No model is in production."
        return Ruling(passed=True, message=message, required=required, skipped="not_checked")
    difference = facts.comparison.difference if facts.comparison else None
    if difference is None:
        why = champion.why_not_scored or (facts.comparison.error if facts.comparison else "")
        message = (
            "Both models could not be compared on the same rows: "
            f"{why or 'there are no predictions of one of them.'}"
        )
        if required is not None:
            message += (
                " Roll back to a version that can be scored, or unset GATEKEEPER_CONFIDENCE "
                "for this candidate."
            )
        return Ruling(required is None, message, required=required, skipped="not_checked")
    return Ruling(
        passed=required is None or difference.probability >= required,
        message=_describe(difference, policy),
        observed=observe(difference),
        required=required,
        skipped="no_limit" if required is None else None,
    )


def is_clearly_worse(facts: Facts, policy: GatePolicy) -> bool:
    """Return whether the challenger fails with the same confidence that a pass requires."""
    difference = facts.comparison.difference if facts.comparison else None
    return (
        difference is not None
        and policy.confidence is not None
        and _is_unlikely(difference, policy.confidence)
    )


def _is_unlikely(difference: ScoreDifference, confidence: float) -> bool:
    return difference.probability + confidence <= 1


def _describe(difference: ScoreDifference, policy: GatePolicy) -> str:
    found, metric = read_difference(observe(difference)), policy.metric
    assert found is not None  # noqa: S101 - it has just been written
    is_rule = policy.confidence is not None
    parts = [describe_difference(found, metric)]
    if not found.same_model:
        parts.append(describe_bound(found, metric, is_required=is_rule))
    if policy.confidence is not None and _is_unlikely(difference, policy.confidence):
        most = "at least" if is_error(metric) else "at most"
        shown = show_short(metric, difference.high)
        parts.append(f"With the same confidence it is {most} {shown}, so it is refused.")
    else:
        parts += [describe_detectable(found, metric), describe_rows_to_show(found)]
    if policy.confidence is not None and difference.probability < policy.confidence:
        parts.append("See GATEKEEPER_CONFIDENCE.")
    return " ".join(filter(None, parts))


SIGNIFICANCE = Check(id="significance", title="difference is not chance", judge=_judge)
