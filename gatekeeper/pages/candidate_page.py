"""The page of one candidate, with its report. The report contains the trainer's claims."""

from typing import Any

from gatekeeper.api.candidate_views import find_candidate
from gatekeeper.api.http_bodies import CandidateDetail
from gatekeeper.api.service import Service
from gatekeeper.pages.candidate_documents import (
    CandidateDocuments,
    find_documents,
    read_documents,
)
from gatekeeper.pages.difference_chart import difference_chart
from gatekeeper.policy.check_names import show_check, to_check_id
from gatekeeper.policy.live_rows.answers_reproduced import ANSWERS_REPRODUCED
from gatekeeper.policy.live_rows.changed_answers import CHANGED_ANSWERS
from gatekeeper.policy.live_rows.live_comparison import LIVE_COMPARISON
from gatekeeper.policy.live_rows.live_rows_answered import LIVE_ROWS_ANSWERED
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from gatekeeper.policy.slices.slice_coverage import SLICE_COVERAGE
from gatekeeper.policy.slices.slice_drop import SLICE_DROP
from gatekeeper.policy.slices.slice_floor import SLICE_FLOOR
from gatekeeper.policy.slices.slice_gap import SLICE_GAP
from shared.contract.documents import Registry
from shared.errors import StoreError
from shared.reports.figures import OtherReport, has_common_curves
from shared.reports.html_report import template_context

_ABOUT_LIVE_ROWS = (LIVE_ROWS_ANSWERED, ANSWERS_REPRODUCED, CHANGED_ANSWERS, LIVE_COMPARISON)
_ABOUT_SLICES = (SLICE_DROP, SLICE_COVERAGE, SLICE_FLOOR, SLICE_GAP)


def candidate_context(gate: Service, candidate_id: str) -> dict[str, Any]:
    """Return what candidate_page.html needs; raises ModelNotFoundError for an unknown candidate.

    If the report cannot be shown, `problem` gives the reason and the rest is complete.
    """
    found = find_candidate(gate, candidate_id)
    judged = found.decision or found.waiting
    checks = judged.checks if judged else ()
    source = found.decision or found.manifest
    metric = source.metric if source else ""
    by_id = {to_check_id(check.name): show_check(check, metric) for check in checks}
    champion = _champion(gate, found)
    shown: dict[str, Any] = {
        "found": found,
        "champion": champion,
        "problem": found.manifest_error,
        "metric": metric,
        "scores": _scores(found),
        "comparison": by_id.get(CHAMPION_COMPARISON.id),
        "slices": [by_id[check.id] for check in _ABOUT_SLICES if check.id in by_id],
        "live_rows": [by_id[check.id] for check in _ABOUT_LIVE_ROWS if check.id in by_id],
        "difference": difference_chart(checks, metric, _scores(found)[1]),
    }
    if found.manifest is None:
        return shown
    try:
        ours = read_documents(gate.store, found.manifest)
    except (StoreError, OSError) as error:
        return {**shown, "problem": f"Its report cannot be read: {error}"}
    other, note = _draw_champion(gate, ours, champion)
    documents = ours.manifest, ours.report, ours.artefact.classes
    return {**shown, **template_context(*documents, other), "other_note": note}


def _scores(found: CandidateDetail) -> tuple[Any, Any]:
    """Return the compared scores of the challenger and of production."""
    if found.decision:
        return found.decision.scores.get("challenger"), found.decision.scores.get("champion")
    return (found.waiting.challenger, found.waiting.champion) if found.waiting else (None, None)


def _champion(gate: Service, found: CandidateDetail) -> Registry | None:
    """Return what was in production when the candidate was judged, or what is now.

    Return None if that is the candidate itself, or if nothing was in production.
    """
    registry = gate.history.in_force()
    if found.decision:
        entries = gate.history.entries()[: found.decision.number - 1]
        before = (entry.decision.registry for entry in reversed(entries))
        registry = next((each for each in before if each is not None), None)
    return registry if registry and registry.candidate_id != found.candidate_id else None


def _draw_champion(
    gate: Service, ours: CandidateDocuments, champion: Registry | None
) -> tuple[OtherReport | None, str]:
    """Return production's report for the same figures, and a note about it."""
    if champion is None:
        return None, ""
    name = f"v{champion.version}"
    theirs = find_documents(gate.store, champion.candidate_id)
    if theirs is None:
        return None, f"The curves of production, {name}, are not drawn: its report was removed."
    if not has_common_curves(ours.report, theirs.report):
        return None, f"The curves of production, {name}, are not drawn: it has none of this kind."
    same = "the same rows" if ours.has_same_rows(theirs) else "the rows of its own holdout"
    names = ("this candidate", f"production then: {name}, {champion.model_name}")
    note = f"The charts also show production then, {name}, from its own report on {same}."
    return OtherReport(theirs.report, names), note
