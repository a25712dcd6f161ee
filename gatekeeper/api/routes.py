"""The routes of the API. Each parses the request, calls one function and returns the result."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from gatekeeper.api import candidate_views
from gatekeeper.api.http_bodies import (
    ApprovalRequest,
    CandidateDetail,
    Candidates,
    Decisions,
    DecisionsQuery,
    FleetReport,
    Health,
    RegistryHistory,
    RegistryQuery,
    RollbackRequest,
)
from gatekeeper.api.live_answers import describe_live, find_probation, report_fleet
from gatekeeper.api.prometheus import GatekeeperCollector
from gatekeeper.api.request_body import read_body
from gatekeeper.api.service import Service
from gatekeeper.api.token_gate import refuse_other_sites
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.decisions.statement import Statement
from gatekeeper.live_status.bodies import LiveQuery, LiveStatus
from shared.contract.document import Positive
from shared.contract.documents import Decision, Registry
from shared.contract.field_types import CandidateId
from shared.errors import (
    AlreadyDecidedError,
    AlreadyInProductionError,
    DecisionNotFoundError,
    InvalidFeedbackError,
    LogCorruptError,
    ModelNotFoundError,
    ModelPrunedError,
    NoRegistryError,
    NotAwaitingApprovalError,
    NoWaitingTrainerError,
    StoreError,
    StoreWriteError,
    TokenError,
    TooManyLabelsError,
    VersionNotFoundError,
)
from shared.http.service_app import ErrorTable, error_responses

logger = logging.getLogger(__name__)

ERRORS: ErrorTable = {
    NoRegistryError: (404, "no_registry"),
    DecisionNotFoundError: (404, "decision_not_found"),
    ModelNotFoundError: (404, "candidate_not_found"),
    VersionNotFoundError: (404, "version_not_found"),
    AlreadyDecidedError: (409, "already_decided"),
    NotAwaitingApprovalError: (409, "not_waiting"),
    NoWaitingTrainerError: (409, "no_waiting_trainer"),
    AlreadyInProductionError: (409, "already_in_production"),
    ModelPrunedError: (410, "model_gone"),
    TooManyLabelsError: (413, "too_large"),
    InvalidFeedbackError: (422, "invalid_request"),
    LogCorruptError: (500, "log_corrupt"),
    StoreWriteError: (503, "store_not_writable"),
    StoreError: (503, "store_unavailable"),
    TokenError: (503, "token_unavailable"),
}

_bearer = HTTPBearer(
    auto_error=False,
    description="The content of GATEKEEPER_TOKEN_FILE, or of the file `token` in the store.",
)
_HOW = "Send the gatekeeper's token as `Authorization: Bearer <token>`."


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Gate = Annotated[Service, Depends(_service)]


async def _require_token(
    gate: Gate,
    request: Request,
    presented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Raise 401 without a token, and 403 for a wrong token or a request of another site."""
    refuse_other_sites(request)
    if presented is None:
        raise HTTPException(
            401, f"This request needs a token. {_HOW}", headers={"WWW-Authenticate": "Bearer"}
        )
    try:
        await gate.tokens.require(request, presented.credentials, _HOW)
    except TokenError as error:
        logger.error("Cannot check the token of a request: %s", error)  # noqa: TRY400 - no defect
        raise


def change(body: type[BaseModel], *statuses: int) -> dict[str, Any]:
    """Describe a route that needs the token and reads *body*, also for the OpenAPI document."""
    content = {"application/json": {"schema": body.model_json_schema()}}
    return {
        "dependencies": [Depends(_require_token)],
        "responses": error_responses(401, 403, 404, 409, 413, 422, 429, 503, *statuses),
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }


def large(body: type[BaseModel], *statuses: int) -> dict[str, Any]:
    """Describe a route whose response may be large, so that `LimitedReads` makes it."""
    return {
        "response_class": Response,
        "responses": {200: {"model": body}, **error_responses(*statuses)},
    }


router = APIRouter()


@router.get(
    "/registry",
    response_class=Response,
    responses={200: {"model": Registry}, **error_responses(404, 422)},
    tags=["registry"],
)
def registry(gate: Gate, query: Annotated[RegistryQuery, Query()]) -> Response:
    """Return registry.json from the volume, or as it was at the given time."""
    if query.at is None:
        data, when = gate.store.registry.read_bytes(), "is in production yet"
    else:
        data = gate.history.registry_bytes_at(query.at)
        when = f"was in production at {query.at.isoformat()}"
    if data is None:
        raise NoRegistryError(f"No model {when}.")
    return Response(data, media_type="application/json")


@router.get("/registry/history", tags=["registry"], **large(RegistryHistory))
async def registry_history(gate: Gate) -> Response:
    """List every version that is or was in production, newest first."""
    return await gate.reads.answer(lambda: candidate_views.registry_history(gate))


@router.post("/registry/rollback", tags=["registry"], **change(RollbackRequest, 410))
async def rollback(gate: Gate, request: Request) -> Decision:
    """Put the model of an earlier version into production again, as a new version."""
    body = await read_body(request, RollbackRequest)
    statement = Statement(body.reason, body.by)
    return await run_in_threadpool(roll_back, gate.store, body.version, gate.signing.key, statement)


@router.get("/decisions", tags=["decisions"], **large(Decisions, 422))
async def decisions(gate: Gate, query: Annotated[DecisionsQuery, Query()]) -> Response:
    """List a page of the decision log, newest first. A page has at most 4 MiB."""

    def read() -> Decisions:
        page = gate.history.page(query.outcome, query.limit, query.before)
        return Decisions(decisions=page.decisions, before=page.before)

    return await gate.reads.answer(read)


@router.get("/decisions/{number}", tags=["decisions"], **large(Decision, 404, 422))
async def decision(gate: Gate, number: Positive) -> Response:
    """Return one decision with all its checks."""
    return await gate.reads.answer(lambda: gate.history.decision(number))


@router.get("/candidates", tags=["candidates"], **large(Candidates))
async def candidates(gate: Gate) -> Response:
    """List all candidates in the store, decided or not, in order of publication."""
    return await gate.reads.answer(lambda: candidate_views.list_candidates(gate))


@router.get("/candidates/{candidate_id}", tags=["candidates"], **large(CandidateDetail, 404, 422))
async def candidate(gate: Gate, candidate_id: CandidateId) -> Response:
    """Return the claims of a candidate and the decision on it."""
    return await gate.reads.answer(lambda: candidate_views.find_candidate(gate, candidate_id))


@router.post("/candidates/{candidate_id}/approve", tags=["candidates"], **change(ApprovalRequest))
async def approve(gate: Gate, request: Request, candidate_id: CandidateId) -> Decision:
    """Promote a candidate that passed every check and awaits approval."""
    body = await read_body(request, ApprovalRequest)
    return await run_in_threadpool(gate.approvals.approve, candidate_id, body.reason, body.by)


@router.post("/candidates/{candidate_id}/reject", tags=["candidates"], **change(ApprovalRequest))
async def reject(gate: Gate, request: Request, candidate_id: CandidateId) -> Decision:
    """Refuse a candidate that passed every check and awaits approval."""
    body = await read_body(request, ApprovalRequest)
    return await run_in_threadpool(gate.approvals.reject, candidate_id, body.reason, body.by)


@router.get("/fleet", tags=["fleet"], **large(FleetReport))
async def fleet(gate: Gate) -> Response:
    """Return the version that each worker wants and serves, and one line about production."""
    return await gate.reads.answer(lambda: report_fleet(gate))


@router.get("/live.json", tags=["live"], **large(LiveStatus, 422))
async def live(gate: Gate, query: Annotated[LiveQuery, Query()]) -> Response:
    """Return requests, latencies, predictions and features of production in a range of time."""
    return await gate.reads.answer(lambda: describe_live(gate, query.range))


@router.get("/metrics", response_class=PlainTextResponse, tags=["metrics"])
def metrics(gate: Gate) -> PlainTextResponse:
    """Return the metrics in Prometheus' text format."""
    collector = GatekeeperCollector(
        gate.store,
        gate.history,
        blocked=gate.poll_thread.last_error is not None,
        evaluations=gate.evaluations,
        wrong_tokens=gate.tokens.wrong,
        feedback=gate.feedback.totals,
        awaiting_approval=[pending.candidate_id for pending in gate.queue.pending()],
        live_scores=gate.live_scores.board,
        probation_seconds=found.seconds_left if (found := find_probation(gate)) else 0,
    )
    return PlainTextResponse(collector.page(), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})


@router.get("/livez", tags=["health"])
def livez() -> Health:
    """Report that the process answers."""
    return Health(status="live")


@router.get("/readyz", responses=error_responses(503), tags=["health"])
def readyz(gate: Gate) -> Health:
    """Report whether candidates are decided: the store can be read and polling succeeds."""
    gate.history.entries()
    if gate.poll_thread.last_error is not None:
        raise HTTPException(503, gate.poll_thread.last_error)
    return Health(status="ready")
