"""Verify a candidate, score it and the champion, judge it, and commit the decision."""

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.decisions.approval_queue import ApprovalQueue, PendingApproval
from gatekeeper.decisions.candidate_intake import WithdrawnError, verify_and_copy
from gatekeeper.decisions.commit import commit, promote
from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.decisions.row_history import RowHistoryReader, find_taken_back
from gatekeeper.decisions.signing import NO_KEYS, Signing, sign_decision
from gatekeeper.evaluation.evaluation_budget import EvaluationBudget
from gatekeeper.evaluation.gather_facts import FactGatherer
from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.facts import Runtimes, Submission
from gatekeeper.evidence.taken_back import TakenBack
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Registry
from shared.contract.signatures import is_signed
from shared.errors import DecisionConflictError, EvaluationUnavailableError
from shared.live.first_reference import brings_first_reference
from shared.runtime_versions import runtime_versions
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from shared.store.worker_liveness import MISSED_BEATS
from shared.telemetry.attributes import DIGEST, OUTCOME, ROWS, VERSION, Span
from shared.telemetry.spans import send_span, span

logger = logging.getLogger(__name__)

JUDGING_SECONDS = 10.0
"""Longest time in seconds for which a decision waits to know whether a worker is alive."""


@dataclass(frozen=True)
class Promotion:
    """Decides candidates. With manual approval, those that pass go to *queue*."""

    store: ModelStore
    evaluator: ProcessEvaluator
    policy: GatePolicy
    budget: EvaluationBudget
    queue: ApprovalQueue
    signing: Signing = NO_KEYS
    rows: RowHistoryReader = field(default_factory=RowHistoryReader)

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
        self._require_judged_workers()
        while not self.is_settled(log, candidate_id):
            try:
                self._decide(log, candidate_id)
            except DecisionConflictError:
                log.refresh()
            except WithdrawnError:
                return

    def _decide(self, log: DecisionLog, candidate_id: str) -> None:
        """Decide without reading the log again, so that a new entry is a conflict."""
        with self.store.models.staging() as copy:
            since = time.time_ns()
            largest, keys = self.budget.memory_mib << 20, self.signing.trainer_keys
            submission = verify_and_copy(self.store, candidate_id, copy, largest, keys)
            read = time.time_ns()
            manifest = submission.manifest
            # The decision continues the trace of the run.
            parent = manifest.traceparent if manifest is not None else None
            with span("decide", parent, since) as deciding:
                send_span("read the candidate", since, read)
                if manifest is not None:
                    holdout = manifest.data.parts.get("holdout", 0)
                    deciding.add({DIGEST: manifest.digest, ROWS: holdout})
                self._judge(log, submission, copy, deciding)

    def _judge(self, log: DecisionLog, submission: Submission, copy: Path, deciding: Span) -> None:
        """Score and judge a verified candidate, and commit the decision."""
        candidate_id = submission.candidate_id
        directory = self.store.layout.candidate(candidate_id)
        with span("evaluate"):
            keys = self.signing.trainer_keys
            gatherer = FactGatherer(self.store, self.evaluator, self.policy, self.budget, keys)
            history = self.rows.read(log.entries, self.policy.metric)
            facts = gatherer.gather(submission, directory, copy, log, history)
        now = datetime.now(UTC)
        facts = replace(
            facts,
            runtimes=self._runtimes(),
            brings_reference=self._brings_reference(submission, copy),
            taken_back=self._find_taken_back(log, submission),
        )
        verdict = judge(facts, self.policy)
        if verdict.outcome == "promoted" and self.queue.is_manual:
            self.queue.add(PendingApproval(facts, verdict, _version(log), now))
            logger.info("Candidate %s passed every check and awaits approval.", candidate_id)
            deciding.add({OUTCOME: "awaits approval"})
            return
        decision = draft_decision(log, facts, verdict, self.policy.metric, now)
        decision = sign_decision(decision, self.signing.key)
        with span("commit"):
            if decision.registry is None:
                commit(self.store, log, decision)
            else:
                promote(self.store, log, decision, copy)
        deciding.add({OUTCOME: decision.outcome})
        if decision.registry is not None:
            deciding.add({VERSION: decision.registry.version})

    def _brings_reference(self, submission: Submission, copy: Path) -> bool:
        if submission.manifest is None or submission.artefact is None:
            return False
        return brings_first_reference(self.store, submission.manifest.digest, copy)

    def _find_taken_back(self, log: DecisionLog, submission: Submission) -> TakenBack | None:
        if submission.manifest is None or submission.artefact is None:
            return None
        found = find_taken_back(log, submission.manifest.digest)
        return replace(found, awaits_person=self.queue.is_manual) if found else None

    def _require_judged_workers(self) -> None:
        """Raise EvaluationUnavailableError while a worker with other libraries may be dead.

        A refusal is final, so a heartbeat that a dead worker has left must not cause one.
        """
        own, survey = runtime_versions(), self.store.heartbeats.recent_survey()
        for beat in survey.heartbeats:
            is_different = any(
                own.get(name, theirs) != theirs for name, theirs in beat.versions.items()
            )
            is_soon = MISSED_BEATS * beat.heartbeat_seconds <= JUDGING_SECONDS
            if beat.worker in survey.unjudged and is_different and is_soon:
                raise EvaluationUnavailableError(
                    f"The worker {beat.worker} has other versions of libraries, and it is not "
                    "known yet whether it is alive. That takes a few seconds."
                )

    def _runtimes(self) -> Runtimes:
        live = self.store.heartbeats.recently_live()
        return Runtimes(
            runtime_versions(), {beat.worker: beat.versions for beat in live if beat.versions}
        )


def _version(log: DecisionLog) -> int | None:
    return log.registry.version if log.registry else None
