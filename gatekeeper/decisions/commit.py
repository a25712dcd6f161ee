"""Publish a model with its reference, commit a decision, and update registry.json."""

import logging
from pathlib import Path

from gatekeeper.policy.check_names import show_check
from shared.contract.documents import Decision
from shared.contract.layout import REFERENCE
from shared.errors import StoreWriteError
from shared.live.first_reference import brings_first_reference, keep_first_reference
from shared.metric_text import describe_score
from shared.store.decision_log import DecisionLog
from shared.store.durable_write import move_file
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)


def commit(store: ModelStore, log: DecisionLog, decision: Decision) -> None:
    """Append *decision* to the log, which commits it, and update registry.json.

    Raises:
        DecisionConflictError: another entry has the number of *decision*.
        StoreWriteError: the entry could not be written.
    """
    log.append(decision)
    logger.info("%s", describe_decision(decision))
    try:
        store.registry.roll_forward(log)
    except StoreWriteError as error:
        logger.warning(
            "Decision %d is committed; registry.json follows at the next poll: %s",
            decision.number,
            error,
        )


def promote(store: ModelStore, log: DecisionLog, decision: Decision, copy: Path) -> None:
    """Publish the artefact in *copy* and commit its promotion, safe from pruning.

    Raise the errors of `commit`, and StoreError or OSError if the model cannot be read now.
    """
    assert decision.registry is not None  # noqa: S101 - it is a promotion
    digest = decision.registry.digest
    with store.models.pinned(digest):
        is_first = brings_first_reference(store, digest, copy)
        if not is_first:
            keep_first_reference(store, digest, copy)
        store.models.publish(copy, digest)
        if is_first and (copy / REFERENCE).exists():  # gone if the model was published from it
            move_file(copy / REFERENCE, store.models.directory(digest) / REFERENCE)
        commit(store, log, decision)


def describe_decision(decision: Decision) -> str:
    """Describe a decision in one line for people."""
    registry = decision.registry
    who = f"Candidate {decision.candidate_id} ({decision.model_name})"
    shown = [show_check(check, decision.metric).message for check in decision.failed]
    why = " ".join(" ".join(shown).split())
    if decision.outcome == "rolled_back" and registry is not None:
        restored = decision.checks[0].observed
        text = f"Rolled back: version {registry.version} is the model of version {restored}."
        return f"{text}{_describe_statement(decision)}{f' {why}' if why else ''}"
    if registry is not None:
        score = describe_score(registry.metric, registry.metrics[registry.metric])
        text = f"{who} promoted as version {registry.version} with {score}."
        skipped = ", ".join(check.name for check in decision.not_checked)
        return f"{text} Not checked: {skipped}." if skipped and registry.previous_version else text
    if decision.outcome == "unchanged":
        return f"{who} is the model in production; nothing changes."
    return f"{who} {decision.outcome}: {why}"


def _describe_statement(decision: Decision) -> str:
    words = f" Reason: {decision.reason.rstrip('.')}." if decision.reason else ""
    return f"{words} By {decision.decided_by}." if decision.decided_by else words
