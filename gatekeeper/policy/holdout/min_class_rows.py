"""The check that the models are judged on enough rows of every class."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import MOST_SHOWN, Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.text import quote


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    comparison, required = facts.comparison, policy.min_class_rows
    if comparison is None or comparison.challenger is None or not required:
        return None
    result, compared = comparison.challenger, comparison.compared
    if not result.recalls:
        return None
    counts = [each.rows for each in result.recalls]
    if compared is not None and compared.class_rows:
        counts = list(compared.class_rows)
    found = sorted(zip(counts, (each.name for each in result.recalls), strict=True))
    rows, name = found[0]
    where = "the rows that neither model has seen" if sum(counts) < result.rows else "the holdout"
    message = (
        f"The class with the fewest rows is {quote(name)}, with {rows} of {where}; "
        f"at least {required} of every class are required."
    )
    if rows < required:
        message += " Train on more data, or see GATEKEEPER_MIN_CLASS_ROWS."
    observed = {each: count for count, each in found[:MOST_SHOWN]}
    return Ruling(passed=rows >= required, message=message, observed=observed, required=required)


MIN_CLASS_ROWS = Check(
    id="min-class-rows", title="holdout has enough rows of every class", judge=_judge
)
