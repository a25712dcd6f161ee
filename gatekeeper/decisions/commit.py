"""Putting a decision in force."""

import logging
from pathlib import Path

from shared.contract.documents import Decision
from shared.errors import StoreWriteError
from shared.score_format import format_score
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)


def commit(store: ModelStore, log: DecisionLog, decision: Decision) -> None:
    """Append *decision* to the log, which is the commit, and let registry.json follow.

    Raises DecisionConflictError or StoreWriteError when it is not committed.
    """
    log.append(decision)
    logger.info("%s", describe_decision(decision))
    try:
        store.registry.roll_forward(log)
    except StoreWriteError as error:
        logger.warning("Decision %d stands; the next poll tries again: %s", decision.number, error)


def promote(store: ModelStore, log: DecisionLog, decision: Decision, copy: Path) -> None:
    """Commit a promotion of the artefact in *copy*, which no pruning can take meanwhile.

    Raises as `commit` does.
    """
    assert decision.registry is not None  # noqa: S101 - it is a promotion
    digest = decision.registry.digest
    with store.models.pinned(digest):
        store.models.publish(copy, digest)
        commit(store, log, decision)


def describe_decision(decision: Decision) -> str:
    """One line about a decision, for people."""
    registry = decision.registry
    who = f"Candidate {decision.candidate_id} ({decision.model_name})"
    why = " ".join(" ".join(check.message.split()) for check in decision.failed)
    if decision.outcome == "rolled_back" and registry is not None:
        restored = decision.checks[0].observed
        return f"Rolled back: version {registry.version} is the model of version {restored}."
    if registry is not None:
        score = format_score(registry.metrics[registry.metric])
        return f"{who} promoted as version {registry.version} with {registry.metric} {score}."
    if decision.outcome == "unchanged":
        return f"{who} is the model in production; nothing changes."
    return f"{who} {decision.outcome}: {why}"
