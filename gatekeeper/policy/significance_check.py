"""The rule about chance: is the difference between both models more than other rows would make?"""

from gatekeeper.evidence.comparison_messages import ScoreDifference
from gatekeeper.evidence.facts import Facts, GatePolicy
from gatekeeper.policy.submission_checks import CHANCE
from shared.contract.documents import CheckResult


def check_chance(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The paired bootstrap: recorded always, and a rule where the operator sets a confidence."""
    if facts.challenger is None or facts.challenger.score is None:
        return None
    if facts.champion is None:
        return _check(None, rules, "There is nothing in production to compare with.", passed=True)
    difference = facts.comparison.difference if facts.comparison else None
    if difference is None:
        why = facts.champion.why_not_scored or (facts.comparison.error if facts.comparison else "")
        text = (
            f"Both models could not be compared on the same rows: {why or 'no answers are left.'}"
        )
        if rules.confidence is not None:
            text += (
                " Roll back to a version that can be scored, or unset GATEKEEPER_CONFIDENCE "
                "for this candidate."
            )
        return _check(None, rules, text, passed=rules.confidence is None)
    passed = rules.confidence is None or difference.probability >= rules.confidence
    return _check(difference, rules, _told(difference, rules), passed=passed)


def is_clearly_worse(facts: Facts, rules: GatePolicy) -> bool:
    """Whether what is required is missed as surely as it would have to be met."""
    difference = facts.comparison.difference if facts.comparison else None
    return (
        difference is not None
        and rules.confidence is not None
        and _is_unlikely(difference, rules.confidence)
    )


def _is_unlikely(difference: ScoreDifference, confidence: float) -> bool:
    return difference.probability + confidence <= 1


def _told(difference: ScoreDifference, rules: GatePolicy) -> str:
    text = (
        f"{rules.metric} differs by {difference.difference:+.4g} from production's on the same "
        f"rows; on other rows like these by {difference.low:+.4g} to {difference.high:+.4g} "
        f"({difference.confidence:.4g} of {difference.resamples} resamples). "
        f"In {difference.probability:.6g} of them it is at least {rules.min_improvement:+g}"
    )
    if rules.confidence is None:
        return f"{text}."
    text += f"; {rules.confidence:g} is required"
    if difference.probability >= rules.confidence:
        return f"{text}."
    if _is_unlikely(difference, rules.confidence):
        text += f", and {1 - rules.confidence:g} or less refuses."
    else:
        text += ". A larger holdout tells smaller differences from chance."
    return f"{text} See GATEKEEPER_CONFIDENCE."


def _check(
    difference: ScoreDifference | None, rules: GatePolicy, message: str, *, passed: bool
) -> CheckResult:
    observed = None
    if difference is not None:
        observed = {
            "difference": difference.difference,
            "interval": [difference.low, difference.high],
            "confidence": difference.confidence,
            "probability": difference.probability,
            "resamples": difference.resamples,
        }
    return CheckResult(
        name=CHANCE, passed=passed, observed=observed, required=rules.confidence, message=message
    )
