"""The check that probabilities are near the frequencies. The error is always recorded."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    result = facts.comparison.challenger if facts.comparison else None
    limit = policy.max_calibration_error
    if result is None or not result.recalls:
        return None
    found = result.calibration
    if found is None:
        if limit is None:
            return None
        message = (
            "The model has no probabilities, so its calibration error is unknown. Choose an "
            "estimator with probabilities. See GATEKEEPER_MAX_CALIBRATION_ERROR."
        )
        return Ruling(passed=False, message=message, required=limit)
    keys = f" of {found.keys} keys" if found.keys else ""
    bins = f"{found.bins} bins" if found.bins > 1 else "one bin"
    message = (
        f"The expected calibration error is {found.error:.4f} on {result.rows} rows{keys} in "
        f"{bins}. With confidence {found.confidence:g} it is between {found.low:.4f} "
        f"and {found.high:.4f}"
    )
    passed = limit is None or found.error <= limit
    if limit is not None:
        message += f"; at most {limit:g} is allowed"
        if passed and found.high > limit:
            message += ". This many rows cannot show that it is not larger"
        elif not passed:
            message += ". Calibrate it with CalibratedClassifierCV, or see "
            message += "GATEKEEPER_MAX_CALIBRATION_ERROR"
    return Ruling(
        passed=passed,
        message=f"{message}.",
        observed=found.model_dump(mode="json", exclude_none=True),
        required=limit,
        skipped="no_limit" if limit is None else None,
    )


CALIBRATION_LIMIT = Check(
    id="calibration-limit", title="calibration error is within its limit", judge=_judge
)
