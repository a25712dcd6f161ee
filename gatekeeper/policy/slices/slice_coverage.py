"""The check that limits judge every slice: none has too few rows, or no score.

Without GATEKEEPER_SLICE_REQUIRED it only lists the other slices.
"""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.slices.slice_text import (
    count_rows,
    count_slices,
    describe_slices,
    record_slices,
)
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.metric_text import name_metric


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    comparison = facts.comparison
    if comparison is None or comparison.challenger is None or not policy.slice_columns:
        return None
    unjudged = comparison.unjudged
    if not unjudged.count and not comparison.slices:
        message = "No slice was compared, because these rows have none."
        if policy.slice_required:
            message += " See GATEKEEPER_SLICE_REQUIRED."
        return Ruling(not policy.slice_required, message, skipped="not_checked")
    rows = count_rows(policy.slice_rows)
    message = f"Every slice has at least {rows} and a score."
    if unjudged.count:
        verb, them = ("has", "it") if unjudged.count == 1 else ("have", "them")
        message = (
            f"{count_slices(unjudged.count)} {verb} fewer than {rows} or no "
            f"{name_metric(policy.metric)}, so no limit judges {them}: "
            f"{describe_slices(unjudged.slices, unjudged.count, policy.metric)}. "
        )
        if policy.slice_required:
            message += (
                f"Add rows to {them}, lower GATEKEEPER_SLICE_ROWS, or see "
                "GATEKEEPER_SLICE_REQUIRED."
            )
        else:
            message += "GATEKEEPER_SLICE_REQUIRED=true refuses such candidates."
    return Ruling(
        passed=not (unjudged.count and policy.slice_required),
        message=message,
        observed={"unjudged": unjudged.count, "slices": record_slices(unjudged.slices)},
        required={"rows": policy.slice_rows},
        skipped="not_checked" if unjudged.count else None,
    )


SLICE_COVERAGE = Check(id="slice-coverage", title="every slice is judged", judge=_judge)
