"""Views of candidates and past versions, from the store and the log."""

from gatekeeper.api.decision_history import DecisionHistory
from gatekeeper.api.http_bodies import (
    CandidateDetail,
    Candidates,
    CandidateSummary,
    Judgement,
    PastVersion,
    RegistryHistory,
)
from gatekeeper.decisions.approval_queue import ApprovalQueue, PendingApproval
from shared.contract.documents import Decision
from shared.errors import ModelNotFoundError, StoreError
from shared.store.store import ModelStore


def registry_history(store: ModelStore, history: DecisionHistory) -> RegistryHistory:
    """List every version that is or was in production, newest first."""
    kept = set(store.models.digests())
    decisions = (entry.decision for entry in reversed(history.entries()))
    return RegistryHistory(
        versions=[
            PastVersion(
                registry=decision.registry,
                outcome=decision.outcome,
                restorable=decision.registry.digest in kept,
            )
            for decision in decisions
            if decision.registry is not None
        ]
    )


def list_candidates(
    store: ModelStore, history: DecisionHistory, queue: ApprovalQueue
) -> Candidates:
    """List the candidates on the store in order of publication."""
    decided = history.by_candidate()
    held = {each.candidate_id: each for each in queue.pending()}
    return Candidates(
        candidates=[
            _summarize(name, decided.get(name), held.get(name)) for name in store.candidates.ids()
        ]
    )


def find_candidate(
    store: ModelStore, history: DecisionHistory, queue: ApprovalQueue, candidate_id: str
) -> CandidateDetail:
    """Return a candidate's claims and its decision; one of them may be missing.

    Raises ModelNotFoundError when both are missing.
    """
    decision = history.by_candidate().get(candidate_id)
    try:
        manifest, problem = store.candidates.manifest(candidate_id), None
    except StoreError as error:
        manifest, problem = None, str(error)
    if manifest is None and decision is None and candidate_id not in store.candidates.ids():
        raise ModelNotFoundError(f"There is no candidate {candidate_id}.")
    held = queue.find(candidate_id) if decision is None else None
    return CandidateDetail(
        candidate_id=candidate_id,
        manifest=manifest,
        manifest_error=problem,
        decision=decision,
        waiting=_judgement(held) if held else None,
    )


def _judgement(held: PendingApproval) -> Judgement:
    challenger, champion = held.facts.scores
    return Judgement(
        since=held.since,
        version=held.champion_version,
        checks=held.verdict.checks,
        challenger=challenger,
        champion=champion,
    )


def _summarize(
    candidate_id: str, decision: Decision | None, held: PendingApproval | None
) -> CandidateSummary:
    claims = held.facts.submission.manifest if held else None
    return CandidateSummary(
        candidate_id=candidate_id,
        decided=decision is not None,
        outcome=decision.outcome if decision else None,
        decision=decision.number if decision else None,
        model_name=decision.model_name if decision else claims.model_name if claims else None,
        waiting=decision is None and held is not None,
    )
