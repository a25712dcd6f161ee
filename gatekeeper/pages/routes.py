"""The routes of the pages. Each parses the request, calls one function and renders a page.

They are not a part of the API.
"""

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from gatekeeper.api.candidate_views import registry_history
from gatekeeper.api.http_bodies import ApprovalRequest, RollbackForm
from gatekeeper.api.live_answers import report_fleet
from gatekeeper.api.routes import Gate
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.decisions.statement import Statement
from gatekeeper.pages.decision_summary import summarize
from gatekeeper.pages.difference_chart import difference_chart
from gatekeeper.pages.error_pages import PageRoute
from gatekeeper.pages.forms import read_form
from gatekeeper.pages.overview import explainer, overview_context
from gatekeeper.pages.rendering import STATIC, render_page, send_static
from shared.contract.document import Positive
from shared.contract.documents import Decision, Outcome
from shared.contract.field_types import CandidateId
from shared.errors import ModelNotFoundError, VersionNotFoundError

DECISIONS_PER_PAGE = 50
router = APIRouter(route_class=PageRoute, include_in_schema=False)


class DecisionFilter(BaseModel, extra="forbid"):
    """A selection of decisions."""

    outcome: Outcome | None = None
    before: Positive | None = None


@router.get("/")
async def first_page(gate: Gate) -> Response:
    """Show what is in production, with links to all pages."""
    return await gate.reads.run(lambda: render_page("overview.html", overview_context(gate)))


@router.get("/page/fleet")
async def fleet(gate: Gate) -> Response:
    """Show the part of the first page that its script refreshes."""

    def render() -> Response:
        shown = {"registry": gate.history.in_force(), "fleet": report_fleet(gate)}
        return render_page("fleet.html", shown)

    return await gate.reads.run(render)


@router.get("/page/decisions")
async def decisions(gate: Gate, query: Annotated[DecisionFilter, Query()]) -> Response:
    """Show a page of the decision log, newest first."""

    def render() -> Response:
        page = gate.history.page(query.outcome, DECISIONS_PER_PAGE, query.before)
        shown = {"outcomes": get_args(Outcome), "outcome": query.outcome}
        return render_page(
            "decisions.html", {**page._asdict(), **shown, "sentence": explainer(gate)}
        )

    return await gate.reads.run(render)


@router.get("/page/decisions/{number}")
async def decision(gate: Gate, number: Positive) -> Response:
    """Show one decision with all its checks."""
    return await gate.reads.run(lambda: _render_decision(gate, number))


def _render_decision(gate: Gate, number: int) -> Response:
    found = gate.history.decision(number)
    is_there = found.candidate_id in gate.store.candidates.ids()
    sentence = explainer(gate)
    return render_page(
        "decision.html",
        {
            "decision": found,
            "chart": difference_chart(found.checks, found.metric, found.scores.get("champion")),
            "has_candidate": is_there,
            "sentence": sentence,
            "summary": summarize(found, sentence(found)),
        },
    )


@router.get("/page/rollback/{version}")
async def rollback_form(gate: Gate, version: Positive) -> Response:
    """Show the form for a rollback to an earlier version."""

    def render() -> Response:
        past = registry_history(gate).versions
        found = next((each for each in past if each.registry.version == version), None)
        if found is None:
            raise VersionNotFoundError(f"There is no version {version}.")
        return render_page("rollback.html", {"past": found, "now": past[0].registry})

    return await gate.reads.run(render)


@router.post("/page/rollback")
async def rollback(gate: Gate, request: Request) -> Response:
    """Roll back and show the decision."""
    body = await read_form(request, gate.tokens, RollbackForm)
    statement = Statement(body.reason, body.by)
    decision = await run_in_threadpool(
        roll_back, gate.store, body.version, gate.signing.key, statement
    )
    return _show(decision)


@router.post("/page/candidates/{candidate_id}/{answer}")
async def answer_candidate(
    gate: Gate, request: Request, candidate_id: CandidateId, answer: Literal["approve", "reject"]
) -> Response:
    """Approve or reject a candidate that awaits approval, and show the decision."""
    body = await read_form(request, gate.tokens, ApprovalRequest)
    settle = gate.approvals.approve if answer == "approve" else gate.approvals.reject
    return _show(await run_in_threadpool(settle, candidate_id, body.reason, body.by))


@router.get("/page/static/{name}")
def static_file(name: str) -> Response:
    """Send the style sheet, the script or the icon."""
    if name not in STATIC:
        raise ModelNotFoundError(f"There is no file {name}.")
    return send_static(name)


def _show(decision: Decision) -> Response:
    return RedirectResponse(f"/page/decisions/{decision.number}", 303)
