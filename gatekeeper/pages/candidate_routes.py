"""The routes of the pages about candidates: the list, one of them, and two side by side."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException

from gatekeeper.api.routes import Gate
from gatekeeper.pages.candidate_list import CandidateFilter, candidate_list_context
from gatekeeper.pages.candidate_page import candidate_context
from gatekeeper.pages.comparison_page import comparison_context
from gatekeeper.pages.error_pages import PageRoute
from gatekeeper.pages.rendering import render_page
from shared.contract.documents import Outcome
from shared.contract.field_types import CandidateId

COMPARED = 2
router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/page/candidates")
async def candidates(gate: Gate, query: Annotated[CandidateFilter, Query()]) -> Response:
    """Show a page of candidates, newest first."""
    outcomes = [name for name in get_args(Outcome) if name != "rolled_back"]
    states = [*outcomes, "awaiting", "pending"]

    def render() -> Response:
        shown = candidate_list_context(gate, query)
        return render_page("candidates.html", {**shown, "states": states})

    return await gate.reads.run(render)


@router.get("/page/candidates/{candidate_id}")
async def candidate(gate: Gate, candidate_id: CandidateId) -> Response:
    """Show a candidate, its report, and the approval form if it awaits approval."""

    def render() -> Response:
        shown = candidate_context(gate, candidate_id)
        return render_page("candidate_page.html", {**shown, "has_report": "report" in shown})

    return await gate.reads.run(render)


@router.get("/page/compare")
async def compare(
    gate: Gate, candidate: Annotated[list[CandidateId], Query(default_factory=list)]
) -> Response:
    """Show two candidates side by side."""
    chosen = list(dict.fromkeys(candidate))
    if len(chosen) != COMPARED:
        raise HTTPException(422, f"Choose two candidates to compare, not {len(chosen)}.")
    return await gate.reads.run(
        lambda: render_page("compare.html", comparison_context(gate, *chosen))
    )
