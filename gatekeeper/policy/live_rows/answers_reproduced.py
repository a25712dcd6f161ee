"""Record whether production's model gives its logged answers again. It refuses nobody.

A difference means that the log or the model is damaged, which is not the challenger's fault.
"""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.live_rows.live_text import count_rows
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, _policy: GatePolicy) -> Ruling | None:
    live = facts.live
    if live is None or not live.has_log or facts.champion is None:
        return None
    found = live.reproduced
    if found is None:
        why = live.error or live.failure or live.why_no_champion
        why = why or "The log has no row that it can answer again."
        message = f"Production's logged answers were not repeated. {why}"
        return Ruling(passed=True, message=message, skipped="not_checked")
    different = found.rows - found.reproduced
    message = f"Production's model gives {count_rows(found.rows)} the logged answer again."
    if different:
        message = (
            f"Warning: production's model gives another answer than logged to {different:,} of "
            f"{count_rows(found.rows)}. The log or the model is damaged, or predictors run other "
            "versions of libraries. This does not count against the candidate."
        )
    return Ruling(
        passed=True,
        message=message,
        observed={"rows": found.rows, "different": different, "exact": found.exact},
        skipped="no_limit" if different else None,
    )


ANSWERS_REPRODUCED = Check(
    id="answers-reproduced", title="production's logged answers are reproduced", judge=_judge
)
