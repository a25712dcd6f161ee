"""The comparison of both models on logged rows with labels; GATEKEEPER_LIVE_HOLDOUT rules by it.

Only rows count that neither model was fitted on.
"""

from typing import Any

from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.live_results import LabelledScores, LiveResult
from gatekeeper.policy.live_rows.live_text import count_rows
from gatekeeper.policy.scores.difference_text import (
    describe_bound,
    observe,
    read_difference,
)
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING, show_distinct
from shared.metric_text import name_metric

LEAST_IDS = 100
"""Fewest ids of labelled rows that rule: nobody chooses how many labels have arrived."""


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    live = facts.live
    if live is None or not live.has_log:
        return None
    found = live.labelled
    if found is None and not policy.live_holdout:
        return None
    if found is None or found.challenger is None or found.champion is None:
        message = f"Both models are not compared on labelled rows. {explain_no_scores(live)}"
        return Ruling(passed=True, message=message, skipped="not_checked")
    is_rule = policy.live_holdout and found.ids >= LEAST_IDS
    passed = _reaches(found, policy) and (policy.confidence is None or _is_sure(found, policy))
    return Ruling(
        passed=passed or not is_rule,
        message=_describe(found, found.challenger, found.champion, policy, passed=passed),
        observed=_observe(found),
        required=policy.min_improvement if is_rule else None,
        skipped=None if is_rule else "not_checked" if policy.live_holdout else "no_limit",
    )


def is_unsure_on_live_rows(facts: Facts, policy: GatePolicy) -> bool:
    """Return whether the score on labelled rows is as good as required, but may be chance."""
    found = facts.live.labelled if facts.live else None
    return found is not None and _reaches(found, policy) and not _is_sure(found, policy)


def _reaches(found: LabelledScores, policy: GatePolicy) -> bool:
    if found.challenger is None or found.champion is None:
        return False
    rounding = ROUNDING * max(1.0, abs(found.champion))
    return found.challenger - found.champion >= policy.min_improvement - rounding


def _is_sure(found: LabelledScores, policy: GatePolicy) -> bool:
    difference, confidence = found.difference, policy.confidence
    return difference is not None and difference.probability >= (confidence or 0.0)


def explain_no_scores(live: LiveResult) -> str:
    """Return why both models have no score on labelled rows, as a sentence."""
    found = live.labelled
    why = live.error or live.failure or live.why_no_champion
    if why:
        return why
    if found is None:
        return "No logged row has a label."
    if found.error:
        return found.error
    if not found.labelled:
        return "No row that both models answered has a label that is one of the classes."
    if not found.rows:
        return f"A model was fitted on each of {count_rows(found.labelled)} with a label."
    return f"The metric is not defined on {count_rows(found.rows)}."


def _describe(
    found: LabelledScores, ours: float, theirs: float, policy: GatePolicy, *, passed: bool
) -> str:
    metric = policy.metric
    shown = show_distinct(metric, ours, theirs)
    text = (
        f"{name_metric(metric)} {shown[0]}, and {shown[-1]} of production, on "
        f"{count_rows(found.rows)} with a label, which neither was fitted on."
    )
    if found.difference is not None:
        difference = read_difference(observe(found.difference))
        if difference is not None and not difference.same_model:
            is_rule = policy.live_holdout and policy.confidence is not None
            text += f" {describe_bound(difference, metric, is_required=is_rule)}"
    if found.ids < LEAST_IDS:
        text += f" Only rows with {LEAST_IDS} different ids and more can decide."
    elif policy.live_holdout and not passed:
        why = "This is worse than allowed."
        if _reaches(found, policy):
            why = "This may be chance."
        text += f" {why} See GATEKEEPER_LIVE_HOLDOUT."
    return text


def _observe(found: LabelledScores) -> dict[str, Any]:
    return {
        "labelled": found.labelled,
        "rows": found.rows,
        "ids": found.ids,
        "challenger": found.challenger,
        "champion": found.champion,
        **({} if found.difference is None else _observe_difference(found)),
    }


def _observe_difference(found: LabelledScores) -> dict[str, Any]:
    assert found.difference is not None  # noqa: S101 - the caller knows
    kept = ("difference", "bound", "interval", "confidence", "probability", "differing_rows")
    return {name: value for name, value in observe(found.difference).items() if name in kept}


LIVE_COMPARISON = Check(
    id="live-comparison",
    title="score on labelled live rows is not worse than allowed",
    judge=_judge,
)
"""The same rule as on the holdout, for rows that production was asked."""
