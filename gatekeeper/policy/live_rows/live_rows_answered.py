"""The check that the challenger answers the rows that production was asked."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.live_results import FailedRows, LiveResult
from gatekeeper.policy.live_rows.live_text import (
    count_rows,
    mention_failed_by_both,
    mention_left_out,
)
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.text import quote

_REMEDY = "Train with such rows, or see GATEKEEPER_REPLAY_ROWS."


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    live = facts.live
    if live is None:
        return None
    allowed = live.failed.refused if policy.allow_schema_change else 0
    failed = live.failed.model_copy(update={"refused": live.failed.refused - allowed})
    count = failed.raised + failed.not_finite + failed.refused
    if live.error:
        message = f"No logged row was replayed. {live.error}"
        return Ruling(passed=True, message=message, skipped="not_checked")
    observed = {
        "rows": live.rows,
        "answered": live.answered,
        "failed": count,
        "failed_both": failed.both,
        "unreadable": live.unreadable,
        "untried": live.untried,
    }
    if live.failure:
        message = (
            f"The model did not answer {count_rows(live.rows)} from production. {live.failure} "
            f"{_REMEDY}"
        )
        return Ruling(passed=False, message=message, observed=observed, required={"failed": 0})
    if count:
        parts = (_describe(failed, count, live), mention_failed_by_both(failed.both), _REMEDY)
        message = " ".join(filter(None, parts))
        return Ruling(passed=False, message=message, observed=observed, required={"failed": 0})
    rest = mention_left_out(live, refused=allowed)
    message = f"The model answers {count_rows(live.answered)} from production."
    if not live.answered:
        message = "No logged row was answered."
    return Ruling(
        passed=True,
        message=" ".join(filter(None, (message, rest))),
        observed=observed,
        required={"failed": 0},
        skipped=None if live.answered else "not_checked",
    )


def _describe(failed: FailedRows, count: int, live: LiveResult) -> str:
    """Say how many rows failed, why, and what they have in common."""
    reasons = []
    if failed.raised:
        reasons.append(f"for {failed.raised:,} it raised an error")
    if failed.not_finite:
        reasons.append(f"for {failed.not_finite:,} its answer is not finite or of no class")
    if failed.refused:
        column = quote(failed.refused_column)
        reasons.append(f"{failed.refused:,} lack a value that it needs, such as {column}")
    tried = live.answered + count
    text = f"The model fails for {count:,} of {count_rows(tried)}: {', '.join(reasons)}."
    if failed.kind is not None:
        text += f" All of these have the value {quote(failed.kind.value)} of "
        text += f"{quote(failed.kind.column)}"
        text += ", which its training data lack." if failed.kind.is_unknown else "."
    return text


LIVE_ROWS_ANSWERED = Check(
    id="live-rows-answered", title="rows of the prediction log are answered", judge=_judge
)
