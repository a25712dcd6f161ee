"""The page of two candidates side by side, with their curves in one picture."""

from dataclasses import dataclass
from typing import Any

from gatekeeper.api.candidate_views import find_candidate
from gatekeeper.api.http_bodies import CandidateDetail
from gatekeeper.api.service import Service
from gatekeeper.pages.candidate_documents import CandidateDocuments, find_documents
from shared.reports.figures import OtherReport, draw_figures

MOST_PARAMETERS = 100


@dataclass(frozen=True)
class Side:
    """One of the two candidates."""

    label: str
    found: CandidateDetail
    documents: CandidateDocuments | None

    @property
    def name(self) -> str:
        """The name in legends, which differs between both sides."""
        model = self.found.manifest.model_name if self.found.manifest else "unknown"
        return f"{self.label}: {model}"


def comparison_context(gate: Service, first: str, second: str) -> dict[str, Any]:
    """Return what compare.html needs; raises ModelNotFoundError for an unknown candidate."""
    ours, theirs = _side(gate, "A", first), _side(gate, "B", second)
    manifests = [side.found.manifest for side in (ours, theirs) if side.found.manifest]
    is_whole = ours.documents is not None and theirs.documents is not None
    scores = dict.fromkeys(name for each in manifests for name in each.holdout_metrics)
    return {
        "sides": (ours, theirs),
        "is_same": len({each.digest for each in manifests}) == 1 and len(manifests) > 1,
        "is_whole": is_whole,
        "has_same_rows": ours.documents is not None
        and theirs.documents is not None
        and ours.documents.has_same_rows(theirs.documents),
        "metrics": list(scores),
        "parameters": _different_parameters(ours, theirs),
        "figures": _draw(ours, theirs),
    }


def _side(gate: Service, label: str, candidate_id: str) -> Side:
    return Side(label, find_candidate(gate, candidate_id), find_documents(gate.store, candidate_id))


def _draw(ours: Side, theirs: Side) -> list[Any]:
    if ours.documents is None or theirs.documents is None:
        return []
    other = OtherReport(theirs.documents.report, (ours.name, theirs.name))
    return list(draw_figures(ours.documents.report, other))


def _parameters(side: Side) -> dict[str, Any]:
    manifest = side.found.manifest
    if manifest is None:
        return {}
    chosen = (each for each in manifest.candidates if each.name == manifest.model_name)
    return next((each.parameters for each in chosen), {})


def _different_parameters(ours: Side, theirs: Side) -> list[tuple[str, Any, Any]]:
    """Return the parameters that differ; None where a model has no such parameter."""
    left, right = _parameters(ours), _parameters(theirs)
    names = dict.fromkeys((*left, *right))
    pairs = [(name, left.get(name), right.get(name)) for name in names]
    return [each for each in pairs if str(each[1]) != str(each[2])][:MOST_PARAMETERS]
