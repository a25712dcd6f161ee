"""The page of one candidate, with its report. The report contains the trainer's claims."""

from typing import Any

from gatekeeper.api.candidate_views import find_candidate
from gatekeeper.api.http_bodies import CandidateDetail
from gatekeeper.api.service import Service
from gatekeeper.pages.check_text import show_check
from gatekeeper.pages.difference_chart import difference_chart
from gatekeeper.policy.check_names import to_check_id
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from gatekeeper.policy.scores.slice_drop import SLICE_DROP
from shared.contract.documents import Artefact, Manifest
from shared.contract.layout import ARTEFACT, REPORT
from shared.errors import DocumentError, StoreError
from shared.reports.html_report import template_context
from shared.reports.report_document import CandidateReport
from shared.store.store import ModelStore
from shared.store.verified_read import MAX_DOCUMENT_BYTES, read_verified


def candidate_context(gate: Service, candidate_id: str) -> dict[str, Any]:
    """Return what candidate_page.html needs; raises ModelNotFoundError for an unknown candidate.

    If the report cannot be shown, `problem` gives the reason and the rest is complete.
    """
    found = find_candidate(gate, candidate_id)
    judged = found.decision or found.waiting
    checks = judged.checks if judged else ()
    metric = found.decision.metric if found.decision else found.manifest and found.manifest.metric
    by_id = {to_check_id(check.name): show_check(check, str(metric)) for check in checks}
    shown: dict[str, Any] = {
        "found": found,
        "problem": found.manifest_error,
        "metric": metric,
        "scores": _scores(found),
        "comparison": by_id.get(CHAMPION_COMPARISON.id),
        "slices": by_id.get(SLICE_DROP.id),
        "difference": difference_chart(checks, str(metric), _scores(found)[1]),
    }
    if found.manifest is None:
        return shown
    try:
        report, artefact = _documents(gate.store, found.manifest)
    except (StoreError, OSError) as error:
        return {**shown, "problem": f"Its report cannot be read: {error}"}
    return {**shown, **template_context(found.manifest, report, artefact.classes)}


def _scores(found: CandidateDetail) -> tuple[Any, Any]:
    """Return the compared scores of the challenger and of production."""
    if found.decision:
        return found.decision.scores.get("challenger"), found.decision.scores.get("champion")
    return (found.waiting.challenger, found.waiting.champion) if found.waiting else (None, None)


def _documents(store: ModelStore, manifest: Manifest) -> tuple[CandidateReport, Artefact]:
    directory = store.layout.candidate(manifest.candidate_id)
    data = []
    for name in (REPORT, ARTEFACT):
        described = manifest.file(name)
        if described.size > MAX_DOCUMENT_BYTES:
            raise DocumentError(
                f"{name} has {described.size} bytes; at most {MAX_DOCUMENT_BYTES} are shown."
            )
        data.append(read_verified(directory, described))
    report = CandidateReport.decode(data[0], directory / REPORT)
    artefact = Artefact.decode(data[1], directory / ARTEFACT)
    classes = len(artefact.classes)
    for row in report.confusion_matrix or ():
        if len(row) != classes or len(report.confusion_matrix or ()) != classes:
            raise DocumentError(f"The classes of {REPORT} and {ARTEFACT} differ.")
    if manifest.metric not in manifest.holdout_metrics:
        raise DocumentError(f"The manifest has no score for {manifest.metric}.")
    return report, artefact
