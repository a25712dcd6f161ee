"""Verify a candidate, score it and the champion, judge it, and commit the decision."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gatekeeper.decisions.approval_queue import ApprovalQueue, PendingApproval
from gatekeeper.decisions.candidate_intake import WithdrawnError, verify_and_copy
from gatekeeper.decisions.commit import commit, promote
from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.decisions.signing import NO_KEYS, Signing, sign_decision
from gatekeeper.evaluation.gather_facts import EvaluationBudget, FactGatherer
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.facts import Runtimes
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Registry
from shared.contract.signatures import is_signed
from shared.errors import DecisionConflictError
from shared.runtime_versions import runtime_versions
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Promotion:
    """Decides candidates. With manual approval, those that pass go to *queue*."""

    store: ModelStore
    evaluator: ProcessEvaluator
    policy: GatePolicy
    budget: EvaluationBudget
    queue: ApprovalQueue
    signing: Signing = NO_KEYS

    def prepare(self) -> None:
        """Get ready for the next candidate; raise EvaluationUnavailableError if impossible."""
        self.evaluator.prepare()

    def close(self) -> None:
        """Release the evaluator; no candidate follows."""
        self.evaluator.close()

    def leaves_unsigned(self, registry: Registry) -> bool:
        """Return whether there is a signing key that did not sign *registry*."""
        return self.signing.key is not None and not is_signed(registry, self.signing.key)

    def is_settled(self, log: DecisionLog, candidate_id: str) -> bool:
        """Return whether it is decided, or pending and compared with the current champion."""
        return log.is_decided(candidate_id) or self.queue.is_current(candidate_id, _version(log))

    def decide(self, log: DecisionLog, candidate_id: str) -> None:
        """Decide one candidate, unless it is pending, withdrawn or already decided.

        Raises:
            StoreWriteError: the decision or the copy could not be written.
            EvaluationUnavailableError: the models could not be evaluated now.
            OSError: the store could not be read now.
        """
        while not self.is_settled(log, candidate_id):
            try:
                self._decide(log, candidate_id)
            except DecisionConflictError:
                log.refresh()
            except WithdrawnError:
                return

    def _decide(self, log: DecisionLog, candidate_id: str) -> None:
        """Decide without reading the log again, so that a new entry is a conflict."""
        directory = self.store.layout.candidate(candidate_id)
        with self.store.models.staging() as copy:
            largest, keys = self.budget.memory_mib << 20, self.signing.trainer_keys
            submission = verify_and_copy(self.store, candidate_id, copy, largest, keys)
            gatherer = FactGatherer(self.store, self.evaluator, self.policy, self.budget, keys)
            facts = gatherer.gather(submission, directory, copy, log.registry)
            now = datetime.now(UTC)
            facts = replace(facts, runtimes=self._runtimes(now))
            verdict = judge(facts, self.policy)
            if verdict.outcome == "promoted" and self.queue.is_manual:
                self.queue.add(PendingApproval(facts, verdict, _version(log), now))
                logger.info("Candidate %s passed every check and awaits approval.", candidate_id)
                return
            decision = draft_decision(log, facts, verdict, self.policy.metric, now)
            decision = sign_decision(decision, self.signing.key)
            if decision.registry is None:
                commit(self.store, log, decision)
                return
            promote(self.store, log, decision, copy)

    def _runtimes(self, now: datetime) -> Runtimes:
        live = self.store.heartbeats.live(now)
        return Runtimes(
            runtime_versions(), {beat.worker: beat.versions for beat in live if beat.versions}
        )


def _version(log: DecisionLog) -> int | None:
    return log.registry.version if log.registry else None
