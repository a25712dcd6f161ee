"""The check that the models are judged on enough rows."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    comparison, required = facts.comparison, policy.min_holdout_rows
    if comparison is None or comparison.challenger is None or not required:
        return None
    holdout = comparison.challenger.rows
    rows = comparison.compared.rows if comparison.compared else holdout
    message = f"The holdout has {rows} rows"
    if rows < holdout:
        message += f" of {holdout} that neither model has seen"
    message += f"; at least {required} are required."
    if rows < required:
        message += " Train on more data, or see GATEKEEPER_MIN_HOLDOUT_ROWS."
    return Ruling(passed=rows >= required, message=message, observed=rows, required=required)


MIN_HOLDOUT_ROWS = Check(id="min-holdout-rows", title="holdout has enough rows", judge=_judge)
