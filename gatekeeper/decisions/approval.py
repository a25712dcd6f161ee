"""A person approves or rejects a candidate that passed every check."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gatekeeper.decisions.approval_queue import ApprovalQueue, PendingApproval
from gatekeeper.decisions.candidate_intake import WithdrawnError, verify_and_copy
from gatekeeper.decisions.commit import commit, promote
from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.decisions.decision_spans import describe_result, span_of_person
from gatekeeper.decisions.signing import NO_KEYS, Signing, sign_decision
from gatekeeper.decisions.statement import Statement
from gatekeeper.policy.check_names import APPROVAL
from gatekeeper.policy.policy import Verdict
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Manifest
from shared.errors import (
    AlreadyDecidedError,
    DecisionConflictError,
    ModelNotFoundError,
    NotAwaitingApprovalError,
)
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore


@dataclass(frozen=True)
class Approvals:
    """Answers of people to pending candidates. A decision is durable on return."""

    store: ModelStore
    queue: ApprovalQueue
    signing: Signing = NO_KEYS

    def approve(self, candidate_id: str, reason: str, by: str | None = None) -> Decision:
        """Promote a pending candidate, exactly the bytes that were judged.

        Raises:
            ModelNotFoundError: there is no such candidate.
            AlreadyDecidedError: it is decided.
            NotAwaitingApprovalError: it does not await approval, or must be judged again first.
            StoreWriteError: the decision could not be written.
        """
        return self._settle(candidate_id, Statement(reason, by), is_approved=True)

    def reject(self, candidate_id: str, reason: str, by: str | None = None) -> Decision:
        """Refuse a pending candidate; raise the errors of `approve`."""
        return self._settle(candidate_id, Statement(reason, by), is_approved=False)

    def _settle(self, candidate_id: str, statement: Statement, *, is_approved: bool) -> Decision:
        pending = self.queue.find(candidate_id)
        run = _claims(pending).traceparent if pending else None
        with span_of_person("approve" if is_approved else "reject", run) as answering:
            decision = self._decide(candidate_id, statement, is_approved=is_approved)
            answering.add(describe_result(decision))
            return decision

    def _decide(self, candidate_id: str, statement: Statement, *, is_approved: bool) -> Decision:
        log = self.store.shared_log()
        log.refresh()
        while True:
            pending = self._find(log, candidate_id)
            decision = _draft(log, pending, statement, is_approved=is_approved)
            decision = sign_decision(decision, self.signing.key)
            try:
                if is_approved:
                    self._promote(log, pending, decision)
                else:
                    commit(self.store, log, decision)
            except DecisionConflictError:
                log.refresh()
                continue
            self.queue.remove(candidate_id)
            return decision

    def _find(self, log: DecisionLog, candidate_id: str) -> PendingApproval:
        decision = log.decision_on(candidate_id)
        if decision is not None:
            raise AlreadyDecidedError(
                f"Candidate {candidate_id} was already decided: {decision.outcome}, "
                f"in decision {decision.number}."
            )
        if candidate_id not in self.store.candidates.ids():
            raise ModelNotFoundError(f"There is no candidate {candidate_id}.")
        if not self.queue.is_manual:
            raise NotAwaitingApprovalError(
                "No candidate awaits approval, since GATEKEEPER_APPROVAL is automatic."
            )
        pending = self.queue.find(candidate_id)
        if pending is None:
            raise NotAwaitingApprovalError(
                f"Candidate {candidate_id} is not judged yet. Try again in a moment; "
                "`make candidates` lists the candidates that await approval."
            )
        now = log.registry.version if log.registry else None
        if pending.champion_version != now:
            raise NotAwaitingApprovalError(
                f"Version {now} was promoted after candidate {candidate_id} was judged, "
                "so it is judged again. Try again in a moment."
            )
        return pending

    def _promote(self, log: DecisionLog, pending: PendingApproval, decision: Decision) -> None:
        """Promote without reading the log again, so that a new entry is a conflict."""
        name, keys = pending.candidate_id, self.signing.trainer_keys
        with self.store.models.staging() as copy:
            largest = max(file.size for file in _claims(pending).files)
            try:
                submission = verify_and_copy(self.store, name, copy, largest, keys)
            except WithdrawnError as error:
                raise ModelNotFoundError(f"Candidate {name} is gone.") from error
            if submission != pending.facts.submission:
                self.queue.remove(name)
                raise NotAwaitingApprovalError(
                    f"The files of candidate {name} changed after it was judged, "
                    "so it is judged again. Try again in a moment."
                )
            promote(self.store, log, decision, copy)


def _draft(
    log: DecisionLog, pending: PendingApproval, statement: Statement, *, is_approved: bool
) -> Decision:
    answer = "approved" if is_approved else "rejected"
    check = CheckResult(
        name=APPROVAL,
        passed=is_approved,
        observed=answer,
        required="approved",
        message=f"{answer.capitalize()}: {statement.reason}",
    )
    verdict = replace(pending.verdict, checks=(*pending.verdict.checks, check))
    if not is_approved:
        verdict = Verdict("refused", verdict.checks)
    metric, now = _claims(pending).metric, datetime.now(UTC)
    return statement.add_to(draft_decision(log, pending.facts, verdict, metric, now))


def _claims(pending: PendingApproval) -> Manifest:
    manifest = pending.facts.submission.manifest
    assert manifest is not None  # noqa: S101 - a candidate without a manifest is refused
    return manifest
