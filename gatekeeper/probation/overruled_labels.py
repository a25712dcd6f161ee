"""Has a person promoted a model again that labels had rolled back?

The gate promotes such a model only if a person approves it. The same labels would roll it back
again at once.
"""

from collections.abc import Iterable, Mapping

from gatekeeper.policy.check_names import PROBATION_LABELS
from gatekeeper.probation.on_probation import Probation
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision


def explain_overruling(decisions: Iterable[Decision], probation: Probation) -> str:
    """Return which decision a person has overruled, as a sentence; empty if there is none.

    It is a rollback because of labels, from the model on probation to that of its predecessor.
    """
    for decision in decisions:
        restored = decision.registry
        if restored is None or restored.digest != probation.predecessor.digest:
            continue
        if any(_is_loss_of(each, probation.registry.digest) for each in decision.failed):
            return (
                f"Decision {decision.number} rolled this model back because of labels, and a "
                "person has approved it again."
            )
    return ""


def _is_loss_of(check: CheckResult, digest: str) -> bool:
    found = check.observed if check.name == PROBATION_LABELS else None
    return isinstance(found, Mapping) and found.get("digest") == digest
