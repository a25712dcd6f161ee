"""Views of candidates and past versions, from the store and the log."""

from itertools import islice

from gatekeeper.api.http_bodies import (
    CandidateDetail,
    Candidates,
    CandidateSummary,
    Judgement,
    PastVersion,
    RegistryHistory,
)
from gatekeeper.api.label_rule import LabelRule, find_label_rule
from gatekeeper.api.service import Service
from gatekeeper.decisions.approval_queue import PendingApproval
from shared.contract.documents import Decision, Registry
from shared.errors import ModelNotFoundError, StoreError


def registry_history(gate: Service, most: int | None = None) -> RegistryHistory:
    """List every version that is or was in production, newest first; only *most* of them."""
    kept = set(gate.store.models.digests())
    rules: dict[tuple[str, str], LabelRule] = {}

    def rule_of(registry: Registry) -> LabelRule:
        key = (registry.digest, registry.metric)
        if registry.digest in kept and key not in rules:
            rules[key] = find_label_rule(gate.store.models, registry)
        return rules.get(key, LabelRule())

    decisions = (entry.decision for entry in reversed(gate.history.entries()))
    promotions = (each for each in decisions if each.registry is not None)
    return RegistryHistory(
        versions=[
            PastVersion(
                registry=decision.registry,
                outcome=decision.outcome,
                restorable=decision.registry.digest in kept,
                **vars(rule_of(decision.registry)),
            )
            for decision in islice(promotions, most)
            if decision.registry is not None
        ]
    )


def list_candidates(gate: Service) -> Candidates:
    """List the candidates in the store in order of publication."""
    decided = gate.history.by_candidate()
    pending = {each.candidate_id: each for each in gate.queue.pending()}
    ids = gate.store.candidates.ids()
    return Candidates(
        candidates=[_summarize(name, decided.get(name), pending.get(name)) for name in ids]
    )


def find_candidate(gate: Service, candidate_id: str) -> CandidateDetail:
    """Return a candidate's claims and its decision; one of them may be missing.

    Raises ModelNotFoundError when both are missing.
    """
    decision = gate.history.by_candidate().get(candidate_id)
    try:
        manifest, problem = gate.store.candidates.manifest(candidate_id), None
    except StoreError as error:
        manifest, problem = None, str(error)
    if manifest is None and decision is None and candidate_id not in gate.store.candidates.ids():
        raise ModelNotFoundError(f"There is no candidate {candidate_id}.")
    pending = gate.queue.find(candidate_id) if decision is None else None
    return CandidateDetail(
        candidate_id=candidate_id,
        manifest=manifest,
        manifest_error=problem,
        decision=decision,
        waiting=_judgement(pending) if pending else None,
    )


def _judgement(pending: PendingApproval) -> Judgement:
    challenger, champion = pending.facts.scores
    return Judgement(
        since=pending.since,
        version=pending.champion_version,
        checks=pending.verdict.checks,
        challenger=challenger,
        champion=champion,
    )


def _summarize(
    candidate_id: str, decision: Decision | None, pending: PendingApproval | None
) -> CandidateSummary:
    claims = pending.facts.submission.manifest if pending else None
    return CandidateSummary(
        candidate_id=candidate_id,
        decided=decision is not None,
        outcome=decision.outcome if decision else None,
        decision=decision.number if decision else None,
        model_name=decision.model_name if decision else claims.model_name if claims else None,
        waiting=decision is None and pending is not None,
    )
