"""What waits for a decision."""

from shared.store.candidates import Candidates
from shared.store.decision_log import DecisionLog


def pending_candidates(candidates: Candidates, log: DecisionLog) -> list[str]:
    """The ids of all candidates without a decision, in order of publication."""
    return [name for name in candidates.ids() if not log.is_decided(name)]
