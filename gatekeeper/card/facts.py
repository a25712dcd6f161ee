"""Read everything that the store has about one version."""

from dataclasses import dataclass

from gatekeeper.pages.candidate_documents import find_documents
from shared.contract.documents import Artefact, Decision, Manifest, Registry
from shared.errors import StoreError, VersionNotFoundError
from shared.reports.report_document import CandidateReport
from shared.store.models import read_artefact
from shared.store.store import ModelStore


@dataclass(frozen=True)
class VersionFacts:
    """The documents about one version. The candidate's are missing after it was removed."""

    registry: Registry
    is_in_production: bool
    decision: Decision
    """The decision that put the version into production."""
    judgement: Decision | None
    """The decision of the gate on the candidate; another one if the version is a rollback."""
    manifest: Manifest | None
    report: CandidateReport | None
    artefact: Artefact | None
    is_restorable: bool
    """Whether the store still has the model."""


def find_facts(store: ModelStore, version: int) -> VersionFacts:
    """Read the documents about *version*.

    Raises:
        VersionNotFoundError: No such version was in production.
        LogCorruptError: The decision log cannot be read.
    """
    log = store.decision_log()
    decision = next(
        (each for each in log.decisions() if each.registry and each.registry.version == version),
        None,
    )
    if decision is None or decision.registry is None:
        newest = f"the newest is {log.registry.version}" if log.registry else "there is none yet"
        raise VersionNotFoundError(
            f"There is no version {version}; {newest}. `make history` lists the versions."
        )
    registry = decision.registry
    documents = find_documents(store, registry.candidate_id)
    return VersionFacts(
        registry=registry,
        is_in_production=registry == log.registry,
        decision=decision,
        judgement=log.decision_on(registry.candidate_id),
        manifest=documents.manifest if documents else _find_manifest(store, registry),
        report=documents.report if documents else None,
        artefact=_find_artefact(store, registry) or (documents.artefact if documents else None),
        is_restorable=store.models.has(registry.digest),
    )


def _find_manifest(store: ModelStore, registry: Registry) -> Manifest | None:
    try:
        return store.candidates.manifest(registry.candidate_id)
    except (StoreError, OSError):
        return None


def _find_artefact(store: ModelStore, registry: Registry) -> Artefact | None:
    try:
        return read_artefact(store.models.directory(registry.digest), registry.digest)
    except (StoreError, OSError):
        return None
