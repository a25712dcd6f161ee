"""The check that the model loads, within its limits, and predicts as it did for the trainer."""

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, _: GatePolicy) -> Ruling | None:
    if facts.challenger is None:
        return None
    error = facts.challenger.errors.get(check_ids.GOLDEN_ROWS_REPRODUCED, "")
    if not error and check_ids.SCHEMA_COMPATIBLE in facts.challenger.errors:
        return None
    return Ruling(
        passed=not error,
        message=error or "The model loads and reproduces its golden rows.",
        observed="failed" if error else "reproduced",
        required="reproduced",
    )


GOLDEN_ROWS_REPRODUCED = Check(
    id=check_ids.GOLDEN_ROWS_REPRODUCED,
    title="model loads and reproduces its golden rows",
    judge=_judge,
)
