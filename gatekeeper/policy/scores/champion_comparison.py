"""The check that the challenger is as good as the champion, within the required improvement."""

import math

from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.comparability import quote_name, unknown_classes
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING, encode_score, format_distinct
from shared.score_format import format_score


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    score, basis = facts.scores
    if score is None:
        return None
    if not math.isfinite(score):
        message = f"{policy.metric} is {score}, which is not a number that can be compared."
        return Ruling(passed=False, message=message, observed=encode_score(score))
    if facts.champion is None:
        shown = f"{policy.metric} {format_score(score)}"
        message = f"{shown}; no model was in production to compare with."
        return Ruling(passed=True, message=message, observed=score, skipped="not_checked")
    if basis is None:
        message = (
            f"Version {facts.champion.version} could not be scored on this holdout: "
            f"{facts.champion.why_not_scored} Its {policy.metric} was not recorded when it was "
            "promoted either. Set METRIC as it was then, roll back to a version that can be "
            "scored, or use a separate store for another task."
        )
        return Ruling(passed=False, message=message, observed=score)
    return _compare(score, basis, facts, facts.champion, policy)


def _compare(
    score: float, basis: float, facts: Facts, champion: Champion, policy: GatePolicy
) -> Ruling:
    required = basis + policy.min_improvement
    passed = score >= required - ROUNDING * max(1.0, abs(required))
    ours, theirs = format_distinct(score, required)
    message = f"{policy.metric} {ours} is {'not ' if passed else ''}below the {theirs} "
    if policy.min_improvement:
        message += f"({format_score(basis)} {policy.min_improvement:+g}) "
    message += f"required by version {champion.version}, "
    if champion.score is None:
        message += (
            "as recorded when it was promoted. It could not be scored on this holdout: "
            f"{champion.why_not_scored}"
        )
    else:
        message += f"scored on the same {_describe_rows(facts)}."
        challenger = facts.submission.artefact
        if champion.artefact and challenger:
            for name in unknown_classes(champion.artefact, challenger)[:1]:
                message += f" It cannot predict the class {quote_name(name)}."
    return Ruling(passed, message, observed=score, required=required)


def _describe_rows(facts: Facts) -> str:
    compared = facts.comparison.compared if facts.comparison else None
    seen = facts.comparison.seen if facts.comparison else None
    if compared is None or seen is None or compared.rows == seen.rows:
        return "rows"
    return f"{compared.rows} rows, which neither has seen"


CHAMPION_COMPARISON = Check(
    id="champion-comparison",
    title="score is not worse than the champion's by more than allowed",
    judge=_judge,
)
