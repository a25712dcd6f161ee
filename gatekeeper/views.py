"""What the API shows of store and log."""

from gatekeeper.history import History
from gatekeeper.schemas import (
    CandidateDetail,
    Candidates,
    CandidateSummary,
    PastVersion,
    RegistryHistory,
)
from shared.documents import Decision
from shared.errors import ModelNotFoundError, StoreError
from shared.store import ModelStore


def registry_history(store: ModelStore, history: History) -> RegistryHistory:
    """Every version that was in production, newest first."""
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


def all_candidates(store: ModelStore, history: History) -> Candidates:
    """The candidates on the store, in order of publication."""
    decided = history.by_candidate()
    return Candidates(
        candidates=[_summarize(name, decided.get(name)) for name in store.candidates.ids()]
    )


def one_candidate(store: ModelStore, history: History, candidate_id: str) -> CandidateDetail:
    """A candidate's claims and its decision; one of the two may be gone or not there yet.

    Raises ModelNotFoundError when neither is there.
    """
    decision = history.by_candidate().get(candidate_id)
    try:
        manifest, problem = store.candidates.manifest(candidate_id), None
    except StoreError as error:
        manifest, problem = None, str(error)
    if manifest is None and decision is None and candidate_id not in store.candidates.ids():
        raise ModelNotFoundError(f"There is no candidate {candidate_id}.")
    return CandidateDetail(
        candidate_id=candidate_id, manifest=manifest, manifest_error=problem, decision=decision
    )


def _summarize(candidate_id: str, decision: Decision | None) -> CandidateSummary:
    return CandidateSummary(
        candidate_id=candidate_id,
        decided=decision is not None,
        outcome=decision.outcome if decision else None,
        decision=decision.number if decision else None,
        model_name=decision.model_name if decision else None,
    )
