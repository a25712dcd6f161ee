"""The documents of a candidate that its page shows: manifest, report and artefact."""

from dataclasses import dataclass

from gatekeeper.api.label_rule import MAX_ARTEFACT_BYTES
from shared.contract.documents import Artefact, Manifest
from shared.contract.layout import ARTEFACT, HOLDOUT, MAX_REPORT_BYTES, REPORT
from shared.errors import DocumentError, StoreError
from shared.reports.report_document import CandidateReport
from shared.store.store import ModelStore
from shared.store.verified_read import read_verified


@dataclass(frozen=True)
class CandidateDocuments:
    """Verified documents of one candidate, which agree with each other."""

    manifest: Manifest
    report: CandidateReport
    artefact: Artefact

    def has_same_rows(self, other: "CandidateDocuments") -> bool:
        """Return whether both candidates have the same holdout, byte for byte."""
        ours, theirs = self.manifest.find(HOLDOUT), other.manifest.find(HOLDOUT)
        return ours is not None and theirs is not None and ours.sha256 == theirs.sha256


def read_candidate(store: ModelStore, candidate_id: str) -> CandidateDocuments:
    """Read the documents of a candidate; raise StoreError or OSError."""
    return read_documents(store, store.candidates.manifest(candidate_id))


def find_documents(store: ModelStore, candidate_id: str) -> CandidateDocuments | None:
    """Read the documents of a candidate; return None if they are missing or not valid."""
    try:
        return read_candidate(store, candidate_id)
    except (StoreError, OSError):
        return None


def read_documents(store: ModelStore, manifest: Manifest) -> CandidateDocuments:
    """Read the report and the artefact that *manifest* names; raise StoreError or OSError."""
    directory = store.layout.candidate(manifest.candidate_id)
    data = []
    for name, largest in ((REPORT, MAX_REPORT_BYTES), (ARTEFACT, MAX_ARTEFACT_BYTES)):
        described = manifest.file(name)
        if described.size > largest:
            raise DocumentError(f"{name} has {described.size} bytes; at most {largest} are shown.")
        data.append(read_verified(directory, described))
    report = CandidateReport.decode(data[0], directory / REPORT)
    artefact = Artefact.decode(data[1], directory / ARTEFACT)
    classes = len(artefact.classes)
    for row in report.confusion_matrix or ():
        if len(row) != classes or len(report.confusion_matrix or ()) != classes:
            raise DocumentError(f"The classes of {REPORT} and {ARTEFACT} differ.")
    if manifest.metric not in manifest.holdout_metrics:
        raise DocumentError(f"The manifest has no score for {manifest.metric}.")
    return CandidateDocuments(manifest, report, artefact)
