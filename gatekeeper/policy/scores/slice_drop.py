"""The check that no slice of the holdout is worse than with the champion by more than allowed."""

from gatekeeper.evidence.comparison_messages import SliceScore
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import MOST_SHOWN, Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING
from shared.inference.text_index import TextIndex, suggest_name
from shared.metric_text import is_error, show_score
from shared.text import quote


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    artefact, comparison = facts.submission.artefact, facts.comparison
    columns = policy.slice_columns
    if comparison is None or comparison.challenger is None or artefact is None or not columns:
        return None
    slices = comparison.slices
    names = [feature.name for feature in artefact.features]
    known = TextIndex(names)
    unknown = [column for column in columns if known.find(column) is None]
    is_compared = any(each.is_compared for each in slices)
    worse = [each for each in slices if _is_worse(each, policy.slice_drop)]
    if unknown:
        message = (
            f"GATEKEEPER_SLICES names {quote(unknown[0])}, which is not a feature of the model, "
            f"so its slices cannot be compared.{suggest_name(unknown[0], names)}"
        )
    elif worse:
        begin = "The drop below production is"
        if is_error(policy.metric):
            begin = "The error is above production's by"
        message = (
            f"{begin} more than {policy.slice_drop:g} where "
            f"{'; where '.join(_describe(each, policy.metric) for each in worse[:3])}. "
            "See GATEKEEPER_SLICE_DROP."
        )
    elif is_compared:
        begin = "No slice drops below production by"
        if is_error(policy.metric):
            begin = "No slice has an error above production's by"
        message = (
            f"{begin} more than {policy.slice_drop:g}; "
            f"the worst is where {_describe(slices[0], policy.metric)}."
        )
    else:
        message = f"No slice has {policy.slice_rows} rows or more and two scores to compare."
    return Ruling(
        passed=not (unknown or worse),
        message=message,
        observed=[each.model_dump(mode="json") for each in slices[:MOST_SHOWN]],
        required={"slices": list(columns), "rows": policy.slice_rows, "drop": policy.slice_drop},
        skipped=None if is_compared else "not_checked",
    )


def _is_worse(each: SliceScore, drop: float) -> bool:
    """Return whether a slice drops by more than *drop*, beyond the rounding of both scores."""
    largest = max(abs(each.challenger or 0.0), abs(each.champion or 0.0), 1.0)
    return each.difference < -drop - ROUNDING * largest


def _describe(each: SliceScore, metric: str) -> str:
    ours, theirs = (
        "no score" if score is None else show_score(metric, score)
        for score in (each.challenger, each.champion)
    )
    return (
        f"{quote(each.column)} is {quote(each.value)}, with {ours} to {theirs} on {each.rows} rows"
    )


SLICE_DROP = Check(id="slice-drop", title="no slice is worse by more than allowed", judge=_judge)
