"""The check that the model does not predict the same for every row."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, _: GatePolicy) -> Ruling | None:
    comparison = facts.comparison
    if comparison is None or not (comparison.challenger or comparison.error):
        return None
    result = comparison.challenger
    if result is None:
        message = f"The predictions could not be examined. {comparison.error}"
        return Ruling(passed=False, message=message, required="different")
    if result.rows == 1:
        return None
    if result.predictions_vary:
        message = "Rows of the holdout get different predictions."
        return Ruling(passed=True, message=message, observed="different", required="different")
    message = (
        f"All {result.rows} rows of the holdout get the same prediction, "
        "so the model ignores its features."
    )
    return Ruling(passed=False, message=message, observed="the same", required="different")


PREDICTIONS_VARY = Check(
    id="predictions-vary", title="predictions differ between rows", judge=_judge
)
