"""The check that not more answers change than allowed. Without a limit the share is recorded."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.live_rows.live_text import count_rows, describe_slices, show_share
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    live, most = facts.live, policy.max_changed_answers
    if live is None or not live.has_log:
        return None
    changed = live.changed
    if changed is None:
        why = live.error or live.failure or live.why_no_champion or "No row was answered by both."
        message = f"Answers are not compared with production's. {why}"
        return Ruling(passed=True, message=message, required=most, skipped="not_checked")
    passed = most is None or changed.share <= most
    message = (
        f"{show_share(changed.share)} of the answers to {count_rows(changed.rows)} differ from "
        "production's"
    )
    if changed.smallest is not None:
        message += f" by {changed.smallest:.3g} or more"
    message += "." if most is None else f"; at most {show_share(most)} may."
    parts = [message, describe_slices(changed)]
    if not passed:
        parts.append("See GATEKEEPER_MAX_CHANGED_ANSWERS.")
    return Ruling(
        passed=passed,
        message=" ".join(filter(None, parts)),
        observed={
            "rows": changed.rows,
            "changed": changed.changed,
            "share": changed.share,
            **({} if changed.smallest is None else {"smallest": changed.smallest}),
            "slices": [
                {
                    "column": each.kind.column,
                    "value": each.kind.value,
                    "rows": each.kind.rows,
                    "changed": each.changed,
                }
                for each in changed.slices
            ],
        },
        required=most,
        skipped="no_limit" if most is None else None,
    )


CHANGED_ANSWERS = Check(
    id="changed-answers", title="not more answers change than allowed", judge=_judge
)
"""It compares with production's answers to the same logged rows."""
