"""Decisions of a gatekeeper in this process, and their checks."""

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import ACCURACY, gatekeeper_of


def decided(store: ModelStore, candidate_id: str, policy: GatePolicy = ACCURACY) -> Decision:
    """Let a gatekeeper that has just started decide, and return its decision on a candidate."""
    gatekeeper_of(store, policy).poll()
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None
    return decision


def check_of(decision: Decision, name: str) -> CheckResult:
    """Return the only check of a decision with this name."""
    (found,) = (check for check in decision.checks if check.name == name)
    return found
