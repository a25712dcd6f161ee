"""The check that the challenger is as good as the champion, within the required improvement."""

import math

from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.comparability import quote_name, unknown_classes
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING, encode_score, show_distinct
from shared.metric_text import name_metric, show_difference, show_score
from shared.score_format import format_score


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    score, basis = facts.scores
    name = name_metric(policy.metric)
    if score is None:
        return None
    if not math.isfinite(score):
        message = f"{name} is {score}, which is not a number that can be compared."
        return Ruling(passed=False, message=message, observed=encode_score(score))
    if facts.champion is None:
        shown = f"{name} {show_score(policy.metric, score)}"
        message = f"{shown}; no model was in production to compare with."
        return Ruling(passed=True, message=message, observed=score, skipped="not_checked")
    if basis is None:
        message = (
            f"Version {facts.champion.version} could not be scored on this holdout: "
            f"{facts.champion.why_not_scored} Its {name} was not recorded when it was "
            "promoted either. Set METRIC as it was then, roll back to a version that can be "
            "scored, or use a separate store for another task."
        )
        return Ruling(passed=False, message=message, observed=score)
    return _compare(score, basis, facts, facts.champion, policy)


def _compare(
    score: float, basis: float, facts: Facts, champion: Champion, policy: GatePolicy
) -> Ruling:
    required = basis + policy.min_improvement - facts.allowance
    passed, improvement = _reaches(score, required), policy.min_improvement
    needs_allowance = bool(facts.allowance) and not _reaches(score, basis + improvement)
    if needs_allowance:
        improvement -= facts.allowance
    message = _compare_scores(
        score, basis, passed, champion.version, improvement=improvement, metric=policy.metric
    )
    if champion.score is None:
        message += (
            "as recorded when it was promoted. It could not be scored on this holdout: "
            f"{champion.why_not_scored}"
        )
    else:
        message += f"scored on the same {_describe_rows(facts)}."
        if needs_allowance:
            counted = format_score(facts.allowance)
            message += (
                f" The candidate's better validation score counts for {counted}, "
                "because these rows decided before."
            )
        challenger = facts.submission.artefact
        if champion.artefact and challenger:
            for name in unknown_classes(champion.artefact, challenger)[:1]:
                message += f" It cannot predict the class {quote_name(name)}."
    return Ruling(passed, message, observed=score, required=required)


def _reaches(score: float, required: float) -> bool:
    return score >= required - ROUNDING * max(1.0, abs(required))


def _compare_scores(
    score: float, basis: float, passed: bool, version: int, *, improvement: float, metric: str
) -> str:
    """Say which score is better, in words that suit errors too."""
    if not improvement:
        word = "worse than" if not passed else "equal to" if score <= basis else "better than"
        ours, theirs = show_distinct(metric, basis if word == "equal to" else score, basis)
        return f"{name_metric(metric)} {ours} is {word} the {theirs} of version {version}, "
    ours, required, theirs = show_distinct(metric, score, basis + improvement, basis)
    change = show_difference(metric, improvement)
    word = "at least as good as" if passed else "worse than"
    text = f"{name_metric(metric)} {ours} is {word} the {required} ({theirs} {change}) "
    return f"{text}required by version {version}, "


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
