"""The use case: a candidate is taken in, scored beside the champion, judged, and decided."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

from gatekeeper.decisions.approval_queue import ApprovalQueue, PendingApproval
from gatekeeper.decisions.candidate_intake import WithdrawnError, verify_and_copy
from gatekeeper.decisions.commit import commit, promote
from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.decisions.signing import NO_KEYS, Signing, sign_decision
from gatekeeper.evaluation.gather_facts import EvaluationBudget, FactGatherer
from gatekeeper.evidence.evaluation_messages import Evaluator
from gatekeeper.evidence.facts import GatePolicy, Runtimes
from gatekeeper.policy.policy import judge
from shared.contract.documents import Registry
from shared.contract.signatures import is_signed
from shared.errors import DecisionConflictError
from shared.runtime_versions import runtime_versions
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore

logger = logging.getLogger(__name__)


class Promotion:
    """Decides candidates; what is for a person to decide waits on *queue*."""

    def __init__(
        self,
        store: ModelStore,
        evaluator: Evaluator,
        rules: GatePolicy,
        limits: EvaluationBudget,
        queue: ApprovalQueue | None = None,
        *,
        signing: Signing = NO_KEYS,
    ) -> None:
        self.queue = queue or ApprovalQueue()
        self._store = store
        self._rules = rules
        self._limits = limits
        self._signing = signing
        self._evaluator = evaluator
        self._fact_gatherer = FactGatherer(store, evaluator, rules, limits, signing.trainer_keys)

    def prepare(self) -> None:
        """Get ready for the next candidate; raises EvaluationUnavailableError."""
        self._evaluator.prepare()

    def close(self) -> None:
        """There will be no other candidate."""
        self._evaluator.close()

    def leaves_unsigned(self, registry: Registry) -> bool:
        """Whether there is a key that should have signed *registry* and has not."""
        return self._signing.key is not None and not is_signed(registry, self._signing.key)

    def is_settled(self, log: DecisionLog, candidate_id: str) -> bool:
        """Whether there is nothing to judge: it is decided, or waits, judged as things are now."""
        return log.is_decided(candidate_id) or self.queue.is_current(candidate_id, _version(log))

    def decide(self, log: DecisionLog, candidate_id: str) -> None:
        """Decide one candidate, unless it waits, is withdrawn or another gatekeeper was first.

        Without a verdict it raises StoreWriteError, EvaluationUnavailableError or OSError.
        """
        while not self.is_settled(log, candidate_id):
            try:
                self._decide(log, candidate_id)
            except DecisionConflictError:
                log.refresh()
            except WithdrawnError:
                return

    def _decide(self, log: DecisionLog, candidate_id: str) -> None:
        """Nothing here reads the log again: an entry that came meanwhile is a conflict."""
        directory = self._store.layout.candidate(candidate_id)
        with self._store.models.staging() as copy:
            submission = verify_and_copy(
                self._store,
                candidate_id,
                copy,
                self._limits.memory_mib << 20,
                self._signing.trainer_keys,
            )
            facts = self._fact_gatherer.gather(submission, directory, copy, log.registry)
            now = datetime.now(UTC)
            facts = replace(facts, runtimes=self._runtimes(now))
            verdict = judge(facts, self._rules)
            if verdict.outcome == "promoted" and self.queue.is_manual:
                self.queue.add(PendingApproval(facts, verdict, _version(log), now))
                logger.info("Candidate %s passes every check and waits for approval.", candidate_id)
                return
            decision = draft_decision(log, facts, verdict, self._rules.metric, now)
            decision = sign_decision(decision, self._signing.key)
            if decision.registry is None:
                commit(self._store, log, decision)
                return
            promote(self._store, log, decision, copy)

    def _runtimes(self, now: datetime) -> Runtimes:
        live = self._store.heartbeats.live(now)
        return Runtimes(
            runtime_versions(), {beat.worker: beat.versions for beat in live if beat.versions}
        )


def _version(log: DecisionLog) -> int | None:
    return log.registry.version if log.registry else None
