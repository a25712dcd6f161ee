"""The rules about what it takes to serve a model, one function each: facts in, a check out.

Recorded always, and a rule where the operator sets a limit. None where nothing was measured.
"""

from gatekeeper.evidence.facts import Facts, GatePolicy
from gatekeeper.evidence.serving_cost import ServingCost
from gatekeeper.policy.submission_checks import ANSWER_TIME, LOAD_TIME, MEMORY, SIZE
from shared.contract.documents import CheckResult
from shared.contract.layout import ARTEFACT

_MIB = 1 << 20


def check_load_time(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """From the files to something that answers, in seconds."""
    if (cost := _cost(facts)) is None:
        return None
    text = f"It loads in {cost.load_seconds:.3g} s"
    return _check(LOAD_TIME, cost.load_seconds, rules.max_load_seconds, text, "MAX_LOAD_SECONDS")


def check_answer_time(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The time in which it answers 95 of 100 calls with one row, in milliseconds."""
    if (cost := _cost(facts)) is None:
        return None
    text = f"It answers one row in {cost.p95_ms:.3g} ms (the 95th percentile of {cost.calls} calls)"
    return _check(ANSWER_TIME, cost.p95_ms, rules.max_p95_ms, text, "MAX_P95_MS")


def check_memory(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The memory that loading it and its first answers add to a process, in MiB."""
    if (cost := _cost(facts)) is None:
        return None
    if cost.memory_mib is None:
        text = "This system does not say how much memory a process takes"
    else:
        text = f"Loading and answering adds {cost.memory_mib:.4g} MiB of memory"
    return _check(MEMORY, cost.memory_mib, rules.max_memory_mib, text, "MAX_MEMORY_MIB")


def check_size(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The size of the files that predictors read, in MiB."""
    manifest, artefact = facts.submission.manifest, facts.submission.artefact
    if manifest is None or artefact is None:
        return None
    size = manifest.file(ARTEFACT).size + artefact.golden.size + artefact.model.size
    text = f"The files that are served have {size / _MIB:.3g} MiB ({size} bytes)"
    return _check(SIZE, size / _MIB, rules.max_size_mib, text, "MAX_SIZE_MIB")


def _cost(facts: Facts) -> ServingCost | None:
    return facts.challenger.serving.cost if facts.challenger else None


def _check(
    name: str, observed: float | None, limit: float | None, text: str, setting: str
) -> CheckResult:
    """What could not be measured is not within a limit."""
    passed = limit is None or (observed is not None and observed <= limit)
    if limit is not None:
        text += f"; the limit is {limit:g}"
    if not passed:
        text += f". See GATEKEEPER_{setting}"
    return CheckResult(
        name=name, passed=passed, observed=observed, required=limit, message=f"{text}."
    )
