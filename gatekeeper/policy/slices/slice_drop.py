"""The check that no slice of the holdout is worse than with the champion by more than allowed."""

from collections.abc import Sequence

from gatekeeper.evidence.comparison_messages import ComparisonResult, SliceScore
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.slices.slice_text import (
    describe_slice,
    describe_slices,
    mention_unjudged,
    record_slices,
)
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from gatekeeper.policy.terms.score_text import ROUNDING
from shared.inference.text_index import TextIndex, suggest_name
from shared.metric_text import is_error
from shared.text import quote


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    artefact, comparison = facts.submission.artefact, facts.comparison
    columns = policy.slice_columns
    if comparison is None or comparison.challenger is None or artefact is None or not columns:
        return None
    names = [*(feature.name for feature in artefact.features), *comparison.kept_columns]
    known = TextIndex(names)
    unknown = [column for column in columns if known.find(column) is None]
    compared = [each for each in comparison.slices if each.is_compared]
    worse = [each for each in compared if _is_worse(each, policy.slice_drop)]
    if unknown:
        message = (
            f"GATEKEEPER_SLICES names {quote(unknown[0])}, which is not a feature of the model and "
            f"is not kept for slices, so its slices cannot be compared. Set TRAINER_SLICE_COLUMNS "
            f"to keep such columns.{suggest_name(unknown[0], names)}"
        )
    elif worse:
        begin = "The drop below production is"
        if is_error(policy.metric):
            begin = "The error is above production's by"
        message = (
            f"{begin} more than {policy.slice_drop:g} where "
            f"{describe_slices(worse[:1], len(worse), policy.metric)}. See GATEKEEPER_SLICE_DROP."
        )
    elif compared:
        message = _describe_best_case(compared, comparison, policy)
    elif facts.champion is None:
        message = "No model was in production to compare the slices with."
    else:
        message = f"No slice has {policy.slice_rows} rows or more and two scores to compare."
    return Ruling(
        passed=not (unknown or worse),
        message=message,
        observed=record_slices(comparison.slices),
        required={"slices": list(columns), "rows": policy.slice_rows, "drop": policy.slice_drop},
        skipped=None if compared else "not_checked",
    )


def _describe_best_case(
    compared: Sequence[SliceScore], comparison: ComparisonResult, policy: GatePolicy
) -> str:
    """Say that no slice is worse, and only of all slices if all of them were judged."""
    which = "No judged slice" if comparison.unjudged.count else "No slice"
    begin = f"{which} drops below production by"
    if is_error(policy.metric):
        begin = f"{which} has an error above production's by"
    worst = describe_slice(compared[0], policy.metric)
    rest = mention_unjudged(comparison, policy.slice_rows)
    return f"{begin} more than {policy.slice_drop:g}; the worst is where {worst}.{rest}"


def _is_worse(each: SliceScore, drop: float) -> bool:
    """Return whether a slice drops by more than *drop*, beyond the rounding of both scores."""
    largest = max(abs(each.challenger or 0.0), abs(each.champion or 0.0), 1.0)
    return each.difference < -drop - ROUNDING * largest


SLICE_DROP = Check(id="slice-drop", title="no slice is worse by more than allowed", judge=_judge)
