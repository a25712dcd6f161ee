"""The check that many small drops do not add up: it compares with a version that stays the same.

The champion changes with each promotion. The pinned version does not.
"""

from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.evidence.pinned_scores import PinnedScores
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING, show_distinct
from shared.metric_text import is_error, name_metric, show_difference

_REMEDY = "See GATEKEEPER_MAX_TOTAL_DROP and GATEKEEPER_PINNED_VERSION."


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    most, pinned = policy.max_total_drop, facts.pinned
    if most is None or facts.comparison is None:
        return None
    if facts.champion is None:
        message = "No model was in production."
        return Ruling(passed=True, message=message, required=most, skipped="not_checked")
    if pinned is None:
        message = "No version of the log has a model in the store."
        if policy.pinned_version is not None:
            message = f"The log has no version {policy.pinned_version}."
        return Ruling(passed=False, message=f"{message} {_REMEDY}", required=most)
    scores = facts.comparison.pinned
    if scores is None or scores.challenger is None or scores.pinned is None:
        return Ruling(
            passed=False, message=_describe_missing(pinned, scores, policy), required=most
        )
    difference = scores.challenger - scores.pinned
    passed = difference >= -most - ROUNDING * max(1.0, abs(scores.pinned))
    passed = passed and not (scores.seen is None and policy.require_row_hashes)
    return Ruling(
        passed=passed,
        message=_describe(pinned, scores, scores.challenger, scores.pinned, policy)
        + ("" if passed else f" {_REMEDY}"),
        observed={
            "version": pinned.version,
            "rows": scores.rows,
            "challenger": scores.challenger,
            "pinned": scores.pinned,
            "difference": difference,
        },
        required=most,
    )


def _describe(
    pinned: Champion, scores: PinnedScores, ours: float, theirs: float, policy: GatePolicy
) -> str:
    metric, most = policy.metric, policy.max_total_drop
    shown = show_distinct(metric, ours, theirs)
    rows = f"{scores.rows} rows" if not scores.seen else f"{scores.rows} rows that neither has seen"
    text = (
        f"{name_metric(metric)} {shown[0]}, and {shown[-1]} of version {pinned.version}, which is "
        f"pinned, on the same {rows}. "
    )
    if ours < theirs:
        text += f"The difference is {show_difference(metric, ours - theirs)} in total; "
    else:
        text += "It is not worse; "
    word = "rise" if is_error(metric) else "drop"
    text += f"a {word} of at most {most:g} is allowed."
    if scores.seen is None:
        text += f" It is unknown which of these rows version {pinned.version} was trained on."
    return text


def _describe_missing(pinned: Champion, scores: PinnedScores | None, policy: GatePolicy) -> str:
    name = f"Version {pinned.version}, which is pinned,"
    if scores is None:
        why = pinned.why_not_scored or "its predictions are missing."
        return f"{name} could not be scored on this holdout: {why} {_REMEDY}"
    return (
        f"{name} was trained on {scores.seen or 0} rows of this holdout, and "
        f"{name_metric(policy.metric)} cannot be computed on the other {scores.rows}. Set "
        "GATEKEEPER_PINNED_VERSION to a version that was not trained on them."
    )


TOTAL_DROP = Check(
    id="total-drop",
    title="score is not below the pinned version's by more than allowed",
    judge=_judge,
)
