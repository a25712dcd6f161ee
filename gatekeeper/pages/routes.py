"""The pages: each route parses, calls, and renders. Nothing here is part of the API."""

from datetime import UTC, datetime
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from gatekeeper.api.candidate_views import registry_history
from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.api.http_bodies import ApprovalRequest, RollbackForm
from gatekeeper.api.routes import Gate
from gatekeeper.decisions import approval
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.pages.candidate_page import candidate_context, difference_chart
from gatekeeper.pages.error_pages import PageRoute
from gatekeeper.pages.forms import read_form
from gatekeeper.pages.overview import explain, overview_context
from gatekeeper.pages.rendering import STATIC, render_page, send_static
from shared.contract.document import Positive
from shared.contract.documents import CandidateId, Decision, Outcome
from shared.errors import ModelNotFoundError, VersionNotFoundError

DECISIONS_PER_PAGE = 50
router = APIRouter(route_class=PageRoute, include_in_schema=False)


class DecisionFilter(BaseModel):
    """Which decisions are listed."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome | None = None
    before: Positive | None = None


@router.get("/")
def first_page(gate: Gate) -> Response:
    """What is in production, and all that leads on from there."""
    shown = overview_context(
        gate.store, gate.history, gate.queue, gate.poll_thread.last_error, datetime.now(UTC)
    )
    return render_page("overview.html", {**shown, "sentence": explain})


@router.get("/page/fleet")
def fleet(gate: Gate) -> Response:
    """The part of the first page that its script renews."""
    registry, now = gate.history.in_force(), datetime.now(UTC)
    workers = describe_fleet(gate.store.heartbeats.all(), registry, now)
    return render_page("fleet.html", {"registry": registry, "fleet": workers})


@router.get("/page/decisions")
def decisions(gate: Gate, query: Annotated[DecisionFilter, Query()]) -> Response:
    """The decision log, newest first, a page at a time."""
    found = gate.history.page(query.outcome, DECISIONS_PER_PAGE + 1, query.before)
    shown, more = found[:DECISIONS_PER_PAGE], len(found) > DECISIONS_PER_PAGE
    return render_page(
        "decisions.html",
        {
            "decisions": shown,
            "outcomes": get_args(Outcome),
            "outcome": query.outcome,
            "before": shown[-1].number if more else None,
            "sentence": explain,
        },
    )


@router.get("/page/decisions/{number}")
def decision(gate: Gate, number: Annotated[Positive, Path()]) -> Response:
    """One decision, with every check."""
    found = gate.history.decision(number)
    is_there = found.candidate_id in gate.store.candidates.ids()
    return render_page(
        "decision.html",
        {
            "decision": found,
            "chart": difference_chart(found.checks, found.metric),
            "has_candidate": is_there,
            "sentence": explain,
        },
    )


@router.get("/page/candidates/{candidate_id}")
def candidate(gate: Gate, candidate_id: Annotated[CandidateId, Path()]) -> Response:
    """What a candidate claims, the report on it, and where it waits, the answer to it."""
    shown = candidate_context(gate.store, gate.history, gate.queue, candidate_id)
    return render_page("candidate_page.html", {**shown, "has_report": "report" in shown})


@router.get("/page/rollback/{version}")
def ask_for_rollback(gate: Gate, version: Annotated[Positive, Path()]) -> Response:
    """The form that goes back to an earlier version."""
    past = registry_history(gate.store, gate.history).versions
    found = next((each for each in past if each.registry.version == version), None)
    if found is None:
        raise VersionNotFoundError(f"There is no version {version}.")
    return render_page("rollback.html", {"past": found, "now": past[0].registry})


@router.post("/page/rollback")
async def rollback(gate: Gate, request: Request) -> Response:
    """Go back, and show the decision."""
    form = await read_form(request)
    form.require_token(gate.token)
    wanted = form.read(RollbackForm)
    return _shown(await run_in_threadpool(roll_back, gate.store, wanted.version, gate.signing.key))


@router.post("/page/candidates/{candidate_id}/{answer}")
async def answer_candidate(
    gate: Gate,
    request: Request,
    candidate_id: Annotated[CandidateId, Path()],
    answer: Literal["approve", "reject"],
) -> Response:
    """Approve or reject a candidate that waits, and show the decision."""
    form = await read_form(request)
    form.require_token(gate.token)
    given = form.read(ApprovalRequest)
    settle = approval.approve if answer == "approve" else approval.reject
    return _shown(
        await run_in_threadpool(
            settle, gate.store, gate.queue, candidate_id, given.reason, gate.signing
        )
    )


@router.get("/page/static/{name}")
def static_file(name: Annotated[str, Path()]) -> Response:
    """Style sheet, script and icon."""
    if name not in STATIC:
        raise ModelNotFoundError(f"There is no file {name}.")
    return send_static(name)


def _shown(made: Decision) -> Response:
    return RedirectResponse(f"/page/decisions/{made.number}", 303)
