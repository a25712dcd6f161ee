"""The rules about scores, one function each: facts in, a check out, None when it cannot run."""

import math

from gatekeeper.evidence.facts import Champion, Facts, GatePolicy
from gatekeeper.policy.schema_changes import quote_name, unknown_classes
from gatekeeper.policy.submission_checks import CLAIM, COMPARISON, FLOOR, LOADS, SCHEMA
from shared.contract.documents import Artefact, CheckResult
from shared.score_format import format_score

CLAIM_TOLERANCE = 1e-6
"""Largest accepted difference between the claimed and the computed score; relative above 1."""
ROUNDING = 1e-12
"""A score may miss what is required by this much: the rounding of champion + improvement.
Relative above 1."""


def check_claim(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The trainer's score of the holdout is what the gatekeeper finds too."""
    manifest, challenger = facts.submission.manifest, facts.challenger
    if manifest is None or challenger is None:
        return None
    score, errors = challenger.score, challenger.errors
    claimed, error = manifest.holdout_metrics.get(rules.metric), ""
    if score is None:
        if CLAIM not in errors and (SCHEMA in errors or LOADS in errors):
            return None
        error = errors.get(CLAIM) or "The holdout could not be scored."
    elif claimed is None:
        error = f"The manifest claims no {rules.metric} on the holdout."
    elif not math.isclose(score, claimed, rel_tol=CLAIM_TOLERANCE, abs_tol=CLAIM_TOLERANCE):
        ours, theirs = _distinct(score, claimed)
        error = f"The manifest claims {rules.metric} {theirs}; the gatekeeper computed {ours}."
    return CheckResult(
        name=CLAIM,
        passed=not error,
        observed=_json(score),
        required=claimed,
        message=error or f"{rules.metric} on the holdout is what the manifest claims.",
    )


def check_floor(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The score is not below what any model must reach."""
    if rules.floor is None or facts.challenger is None or facts.challenger.score is None:
        return None
    score = facts.challenger.score
    passed = score >= rules.floor
    observed, required = _distinct(score, rules.floor)
    return CheckResult(
        name=FLOOR,
        passed=passed,
        observed=_json(score),
        required=rules.floor,
        message=f"{rules.metric} {observed} {'clears' if passed else 'does not clear'} "
        f"the floor of {required}.",
    )


def check_comparison(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The challenger is as good as the champion, give or take what the operator has set."""
    score, basis = facts.scores
    if score is None:
        return None
    if not math.isfinite(score):
        text = f"{rules.metric} is {score}, which is no number to compare."
        return _comparison(score, None, text, passed=False)
    if facts.champion is None:
        text = (
            f"{rules.metric} {format_score(score)}; there is nothing in production to compare with."
        )
        return _comparison(score, None, text, passed=True)
    if basis is None:
        text = (
            f"Version {facts.champion.version} could not be scored on this holdout, because "
            f"{facts.champion.why_not_scored} And no {rules.metric} was recorded when it was "
            "promoted: "
            "set METRIC to what it was then, roll back to a version that can be scored, "
            "or begin a store of its own for another task."
        )
        return _comparison(score, None, text, passed=False)
    return _compare(score, basis, facts, facts.champion, rules)


def _compare(
    score: float, basis: float, facts: Facts, champion: Champion, rules: GatePolicy
) -> CheckResult:
    required = basis + rules.min_improvement
    passed = score >= required - ROUNDING * max(1.0, abs(required))
    ours, theirs = _distinct(score, required)
    text = f"{rules.metric} {ours} is {'not ' if passed else ''}below the {theirs} "
    if rules.min_improvement:
        text += f"({format_score(basis)} {rules.min_improvement:+g}) "
    text += f"required by version {champion.version}, "
    if champion.score is None:
        text += (
            "as recorded when it was promoted. It could not be scored on this holdout, "
            f"because {champion.why_not_scored}"
        )
    else:
        text += f"scored on the same {_rows(facts)}."
        if unknown := _unknown_classes(champion, facts.submission.artefact):
            text += f" It cannot answer the class {quote_name(unknown[0])}."
    return _comparison(score, required, text, passed=passed)


def _rows(facts: Facts) -> str:
    """Which rows the scores are of."""
    compared = facts.comparison.compared if facts.comparison else None
    seen = facts.comparison.seen if facts.comparison else None
    if compared is None or seen is None or compared.rows == seen.rows:
        return "rows"
    return f"{compared.rows} rows, which neither has seen"


def _unknown_classes(champion: Champion, challenger: Artefact | None) -> list[str]:
    if champion.artefact is None or challenger is None:
        return []
    return unknown_classes(champion.artefact, challenger)


def _comparison(score: float, required: float | None, message: str, *, passed: bool) -> CheckResult:
    return CheckResult(
        name=COMPARISON, passed=passed, observed=_json(score), required=required, message=message
    )


def _distinct(*numbers: float) -> list[str]:
    """Numbers as text, with as few decimals as tell them apart."""
    texts: list[str] = []
    for decimals in (4, 6, 9, 17):
        texts = [format_score(number, decimals) for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts


def _json(score: float | None) -> float | str | None:
    """JSON has no NaN: a score that is not finite is written as its name."""
    return score if score is None or math.isfinite(score) else str(score)
