"""The use case: a person approves or rejects a candidate that passed every check."""

from dataclasses import replace
from datetime import UTC, datetime

from gatekeeper.decisions.approval_queue import Desk, Held
from gatekeeper.decisions.candidate_intake import WithdrawnError, take_in
from gatekeeper.decisions.commit import commit, promote
from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.decisions.signing import NO_KEYS, Signing, signed
from gatekeeper.policy.policy import Verdict
from gatekeeper.policy.submission_checks import APPROVED
from shared.contract.documents import Check, Decision, Manifest
from shared.errors import (
    AlreadyDecidedError,
    DecisionConflictError,
    ModelNotFoundError,
    NotAwaitingApprovalError,
)
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore


def approve(
    store: ModelStore, desk: Desk, candidate_id: str, reason: str, signing: Signing = NO_KEYS
) -> Decision:
    """Promote a candidate that waits, the very bytes that were judged; durable when this returns.

    Raises ModelNotFoundError, AlreadyDecidedError, NotAwaitingApprovalError, StoreWriteError.
    """
    return _settle(store, desk, candidate_id, reason, signing, is_approved=True)


def reject(
    store: ModelStore, desk: Desk, candidate_id: str, reason: str, signing: Signing = NO_KEYS
) -> Decision:
    """Refuse a candidate that waits; durable when this returns. Raises as `approve` does."""
    return _settle(store, desk, candidate_id, reason, signing, is_approved=False)


def _settle(
    store: ModelStore,
    desk: Desk,
    candidate_id: str,
    reason: str,
    signing: Signing,
    *,
    is_approved: bool,
) -> Decision:
    log = store.decision_log()
    while True:
        held = _find(store, desk, log, candidate_id)
        try:
            if is_approved:
                decision = _promote(store, desk, log, held, reason, signing=signing)
            else:
                decision = _draft(log, held, reason, is_approved=False)
                commit(store, log, decision)
        except DecisionConflictError:
            log.refresh()
            continue
        desk.release(candidate_id)
        return decision


def _find(store: ModelStore, desk: Desk, log: DecisionLog, candidate_id: str) -> Held:
    decision = log.decision_on(candidate_id)
    if decision is not None:
        raise AlreadyDecidedError(
            f"Candidate {candidate_id} is {decision.outcome} already, by decision "
            f"{decision.number}."
        )
    if candidate_id not in store.candidates.ids():
        raise ModelNotFoundError(f"There is no candidate {candidate_id}.")
    if not desk.is_manual:
        raise NotAwaitingApprovalError(
            "No candidate waits for a person here: GATEKEEPER_APPROVAL is automatic."
        )
    held = desk.find(candidate_id)
    if held is None:
        raise NotAwaitingApprovalError(
            f"Candidate {candidate_id} is not judged yet. Try again in a moment; `make candidates` "
            "shows what waits."
        )
    now = log.registry.version if log.registry else None
    if held.version != now:
        raise NotAwaitingApprovalError(
            f"Version {now} came into production since candidate {candidate_id} was judged, "
            "so it is judged again. Try again in a moment."
        )
    return held


def _promote(
    store: ModelStore, desk: Desk, log: DecisionLog, held: Held, reason: str, *, signing: Signing
) -> Decision:
    """Nothing here reads the log again: an entry that came meanwhile is a conflict."""
    with store.models.staging() as copy:
        largest = max(file.size for file in _claims(held).files)
        try:
            submission = take_in(store, held.candidate_id, copy, largest, signing.trainer_keys)
        except WithdrawnError as error:
            raise ModelNotFoundError(f"Candidate {held.candidate_id} is gone.") from error
        if submission != held.facts.submission:
            desk.release(held.candidate_id)
            raise NotAwaitingApprovalError(
                f"The files of candidate {held.candidate_id} changed since it was judged, "
                "so it is judged again. Try again in a moment."
            )
        decision = signed(_draft(log, held, reason, is_approved=True), signing.key)
        promote(store, log, decision, copy)
    return decision


def _draft(log: DecisionLog, held: Held, reason: str, *, is_approved: bool) -> Decision:
    answer = "approved" if is_approved else "rejected"
    check = Check(
        name=APPROVED,
        passed=is_approved,
        observed=answer,
        required="approved",
        message=f"{answer.capitalize()}: {reason}",
    )
    verdict = replace(held.verdict, checks=(*held.verdict.checks, check))
    if not is_approved:
        verdict = Verdict("refused", verdict.checks)
    return draft_decision(log, held.facts, verdict, _claims(held).metric, datetime.now(UTC))


def _claims(held: Held) -> Manifest:
    manifest = held.facts.submission.manifest
    assert manifest is not None  # noqa: S101 - without one it would have been refused
    return manifest
