"""The check that the difference between both models is more than chance.

The result of the paired bootstrap is always recorded. A confidence makes it a rule.
"""

from gatekeeper.evidence.comparison_messages import ScoreDifference
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.metric_text import is_error, name_metric, show_difference


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
        observed={
            "difference": difference.difference,
            "interval": [difference.low, difference.high],
            "confidence": difference.confidence,
            "probability": difference.probability,
            "resamples": difference.resamples,
        },
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
    low, high, least = difference.low, difference.high, "at least"
    if is_error(policy.metric):
        low, high, least = high, low, "at most"
    middle, lower, upper, limit = (
        show_difference(policy.metric, each)
        for each in (difference.difference, low, high, policy.min_improvement)
    )
    text = (
        f"On the same rows, {name_metric(policy.metric)} differs from production's by {middle}. "
        f"In a fraction of {difference.confidence:.4g} of {difference.resamples} resamples, "
        f"the difference is between {lower} and {upper}. "
        f"In a fraction of {difference.probability:.6g}, it is {least} {limit}"
    )
    if policy.confidence is None:
        return f"{text}."
    text += f"; {policy.confidence:g} is required"
    if difference.probability >= policy.confidence:
        return f"{text}."
    if _is_unlikely(difference, policy.confidence):
        text += f", and {1 - policy.confidence:g} or less is refused."
    else:
        text += ". A larger holdout can detect smaller differences."
    return f"{text} See GATEKEEPER_CONFIDENCE."


SIGNIFICANCE = Check(id="significance", title="difference is not chance", judge=_judge)
