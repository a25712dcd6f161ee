"""The checks of the cost of serving: load time, latency, memory and size.

They differ only in a number and its limit. Each is always recorded; a limit makes it a rule.
"""

from gatekeeper.evidence.evaluation_messages import ServingCost
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.layout import ARTEFACT

_MIB = 1 << 20


def _judge_load_time(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if (cost := _cost(facts)) is None:
        return None
    text = f"The model loads in {cost.load_seconds:.3g} s"
    return _apply(policy.max_load_seconds, cost.load_seconds, text, "MAX_LOAD_SECONDS")


def _judge_latency(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if (cost := _cost(facts)) is None:
        return None
    time = f"{cost.p95_ms:.3g} ms (95th percentile of {cost.calls} calls)"
    text = f"The model predicts one row in {time}"
    return _apply(policy.max_p95_ms, cost.p95_ms, text, "MAX_P95_MS")


def _judge_memory(facts: Facts, policy: GatePolicy) -> Ruling | None:
    if (cost := _cost(facts)) is None:
        return None
    if cost.memory_mib is None:
        text = "This system does not report the memory of a process"
    else:
        text = f"Loading and predicting adds {cost.memory_mib:.4g} MiB of memory"
    return _apply(policy.max_memory_mib, cost.memory_mib, text, "MAX_MEMORY_MIB")


def _judge_size(facts: Facts, policy: GatePolicy) -> Ruling | None:
    manifest, artefact = facts.submission.manifest, facts.submission.artefact
    if manifest is None or artefact is None:
        return None
    size = manifest.file(ARTEFACT).size + artefact.golden.size + artefact.model.size
    text = f"The served files have {size / _MIB:.3g} MiB ({size} bytes)"
    return _apply(policy.max_size_mib, size / _MIB, text, "MAX_SIZE_MIB")


def _cost(facts: Facts) -> ServingCost | None:
    return facts.challenger.serving.cost if facts.challenger else None


def _apply(limit: float | None, observed: float | None, text: str, setting: str) -> Ruling:
    """Compare a cost with its limit. A cost that could not be measured is not within any limit."""
    passed = limit is None or (observed is not None and observed <= limit)
    if limit is not None:
        text += f"; the limit is {limit:g}"
    if not passed:
        text += f". See GATEKEEPER_{setting}"
    return Ruling(
        passed,
        f"{text}.",
        observed=observed,
        required=limit,
        skipped="no_limit" if limit is None else None,
    )


SERVING_COSTS = (
    Check(id="load-time-limit", title="load time is within its limit", judge=_judge_load_time),
    Check(
        id="p95-latency-limit",
        title="p95 latency of one row is within its limit",
        judge=_judge_latency,
    ),
    Check(id="memory-limit", title="memory is within its limit", judge=_judge_memory),
    Check(id="size-limit", title="size of the served files is within its limit", judge=_judge_size),
)
