"""The check that no guard metric falls by more than allowed below the champion's.

The metric that decides may not see a defect: f1 does not change if only probabilities are ruined.
"""

from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.further_scores import GuardScore
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.comparability import quote_name, why_not_comparable
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING, show_distinct
from shared.contract.documents import Artefact
from shared.metric_text import is_error, name_metric, show_difference
from shared.scoring.scorer_names import NEED_PROBABILITIES, find_positive_class, fits_classes


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    limits, comparison = policy.guard_limits, facts.comparison
    if not limits or comparison is None or comparison.challenger is None:
        return None
    scores = {each.metric: each for each in comparison.guards}
    failed, missing, kept = [], [], []
    for metric, least in limits.items():
        found = scores.get(metric)
        reason = _why_not_compared(metric, found, facts)
        if found is not None and found.challenger is None and found.champion is not None:
            failed.append(f"{name_metric(metric)} of this model is unknown, because {reason}")
        elif reason or found is None:
            missing.append(f"{name_metric(metric)} is not compared, because {reason}")
        elif _is_worse(found, least):
            failed.append(_describe(found, least, ", but", facts))
        else:
            kept.append(_describe(found, least, ";", facts))
    if facts.champion is None:
        missing = ["No model is in production."]
    elif failed:
        missing.append("See GATEKEEPER_GUARDS.")
    elif missing and policy.require_guards:
        failed, missing = missing, ["See GATEKEEPER_REQUIRE_GUARDS."]
    return Ruling(
        passed=not failed,
        message=" ".join([*failed, *kept, *missing]),
        observed=[_observe(each, scores.get(each)) for each in limits],
        required=limits,
        skipped=None if kept else "not_checked",
    )


def _why_not_compared(metric: str, found: GuardScore | None, facts: Facts) -> str:
    """Return why both models have no score to compare; empty if they have."""
    champion, challenger = facts.champion, facts.submission.artefact
    if champion is None:
        return "no model is in production."
    if champion.score is None:
        return f"production could not be scored: {champion.why_not_scored}"
    if found is None:
        return "no row of the holdout is unseen by both models."
    if challenger and (reason := _why_undefined(metric, challenger, champion.artefact)):
        return reason
    if found.challenger is None or found.champion is None:
        return f"it is not defined on these {found.rows} rows."
    return ""


def _why_undefined(metric: str, challenger: Artefact, champion: Artefact | None) -> str:
    """Return why no rows would give both models a score; empty if some would."""
    artefacts = ((challenger, "this model"), (champion, "the model in production"))
    for artefact, who in artefacts:
        if metric in NEED_PROBABILITIES and artefact and not artefact.has_probabilities:
            return f"{who} has no probabilities."
    if not fits_classes(metric, len(challenger.classes)):
        return f"it is not for a model with {len(challenger.classes)} classes."
    reason = why_not_comparable(champion, challenger, metric) if champion else ""
    return reason and f"production cannot be scored by it: {reason}"


def _is_worse(found: GuardScore, least: float) -> bool:
    largest = max(abs(found.challenger or 0.0), abs(found.champion or 0.0), 1.0)
    return (found.difference or 0.0) < least - ROUNDING * largest


def _describe(found: GuardScore, least: float, link: str, facts: Facts) -> str:
    metric = found.metric
    assert found.challenger is not None  # noqa: S101 - only compared scores are described
    assert found.champion is not None  # noqa: S101 - as above
    ours, theirs = show_distinct(metric, found.challenger, found.champion)
    artefact = facts.submission.artefact
    positive = find_positive_class(metric, artefact.classes if artefact else ())
    name = name_metric(metric) + (f" of the class {quote_name(positive)}" if positive else "")
    change = show_difference(metric, found.challenger - found.champion)
    limit = f"at most {show_difference(metric, least)} is allowed"
    if not is_error(metric):
        limit = f"at least {show_difference(metric, least)} is required"
    return (
        f"{name} is {ours} and production's is {theirs} on the same {found.rows} "
        f"rows. The difference is {change}{link} {limit}."
    )


def _observe(metric: str, found: GuardScore | None) -> dict[str, str | float | None]:
    """Return both scores and their difference, with the signs of scikit-learn."""
    return {
        "metric": metric,
        "challenger": found.challenger if found else None,
        "champion": found.champion if found else None,
        "difference": found.difference if found else None,
    }


GUARD_METRICS = Check(
    id="guard-metrics", title="no guard metric falls by more than allowed", judge=_judge
)
