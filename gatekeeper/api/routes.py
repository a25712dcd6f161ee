"""The routes: each parses, calls, and answers."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from gatekeeper.api import candidate_views
from gatekeeper.api.authentication import require_token
from gatekeeper.api.fleet_status import describe_fleet
from gatekeeper.api.http_bodies import (
    ApprovalRequest,
    CandidateDetail,
    Candidates,
    Decisions,
    DecisionsQuery,
    FleetStatus,
    Health,
    RegistryHistory,
    RegistryQuery,
    RollbackRequest,
)
from gatekeeper.api.prometheus import metrics_page
from gatekeeper.api.request_body import read_body
from gatekeeper.api.service import Service
from gatekeeper.decisions import approval
from gatekeeper.decisions.rollback import roll_back
from shared.contract.document import Positive
from shared.contract.documents import CandidateId, Decision, Registry
from shared.errors import (
    AlreadyDecidedError,
    AlreadyInProductionError,
    DecisionNotFoundError,
    LogCorruptError,
    ModelNotFoundError,
    ModelPrunedError,
    NoRegistryError,
    NotAwaitingApprovalError,
    StoreError,
    StoreWriteError,
    TokenError,
    VersionNotFoundError,
)
from shared.http.prometheus_text import CONTENT_TYPE
from shared.http.service_app import ErrorTable, error_responses

ERRORS: ErrorTable = {
    NoRegistryError: (404, "no_registry"),
    DecisionNotFoundError: (404, "decision_not_found"),
    ModelNotFoundError: (404, "candidate_not_found"),
    VersionNotFoundError: (404, "version_not_found"),
    AlreadyDecidedError: (409, "already_decided"),
    NotAwaitingApprovalError: (409, "not_waiting"),
    AlreadyInProductionError: (409, "already_in_production"),
    ModelPrunedError: (410, "model_gone"),
    LogCorruptError: (500, "log_corrupt"),
    StoreWriteError: (503, "store_not_writable"),
    StoreError: (503, "store_unavailable"),
    TokenError: (503, "token_unavailable"),
}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _body_of(kind: type[BaseModel]) -> dict[str, Any]:
    """Describe a body that `read_body` reads, for the route's OpenAPI document."""
    content = {"application/json": {"schema": kind.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


Gate = Annotated[Service, Depends(_service)]
router = APIRouter()


@router.get(
    "/registry",
    response_class=Response,
    responses={200: {"model": Registry}, **error_responses(404, 422)},
    tags=["registry"],
)
def registry(gate: Gate, query: Annotated[RegistryQuery, Query()]) -> Response:
    """What is in production: registry.json as it stands on the volume, or as it was then."""
    if query.at is None:
        data, when = gate.store.registry.read_bytes(), "yet"
    else:
        data, when = gate.history.registry_bytes_at(query.at), f"at {query.at.isoformat()}"
    if data is None:
        raise NoRegistryError(f"Nothing was in production {when}.")
    return Response(data, media_type="application/json")


@router.get("/registry/history", tags=["registry"])
def registry_history(gate: Gate) -> RegistryHistory:
    """Every version that was in production, newest first."""
    return candidate_views.registry_history(gate.store, gate.history)


@router.post(
    "/registry/rollback",
    dependencies=[Depends(require_token)],
    responses=error_responses(401, 403, 404, 409, 410, 413, 422, 503),
    openapi_extra=_body_of(RollbackRequest),
    tags=["registry"],
)
async def rollback(gate: Gate, request: Request) -> Decision:
    """Put the model of an earlier version in production again, as a new version."""
    wanted = await read_body(request, RollbackRequest)
    return await run_in_threadpool(roll_back, gate.store, wanted.version, gate.signing.key)


@router.get("/decisions", responses=error_responses(422), tags=["decisions"])
def decisions(gate: Gate, query: Annotated[DecisionsQuery, Query()]) -> Decisions:
    """The decision log, newest first, a page at a time."""
    page = gate.history.page(query.outcome, query.limit, query.before)
    more = len(page) == query.limit and page[-1].number > 1
    return Decisions(decisions=page, before=page[-1].number if more else None)


@router.get("/decisions/{number}", responses=error_responses(404, 422), tags=["decisions"])
def decision(gate: Gate, number: Annotated[Positive, Path()]) -> Decision:
    """One decision, with every check."""
    return gate.history.decision(number)


@router.get("/candidates", tags=["candidates"])
def candidates(gate: Gate) -> Candidates:
    """All candidates on the store, in order of publication, decided or not."""
    return candidate_views.list_candidates(gate.store, gate.history, gate.queue)


@router.get("/candidates/{candidate_id}", responses=error_responses(404, 422), tags=["candidates"])
def candidate(gate: Gate, candidate_id: Annotated[CandidateId, Path()]) -> CandidateDetail:
    """What a candidate claims, and the decision on it."""
    return candidate_views.find_candidate(gate.store, gate.history, gate.queue, candidate_id)


@router.post(
    "/candidates/{candidate_id}/approve",
    dependencies=[Depends(require_token)],
    responses=error_responses(401, 403, 404, 409, 413, 422, 503),
    openapi_extra=_body_of(ApprovalRequest),
    tags=["candidates"],
)
async def approve(
    gate: Gate, request: Request, candidate_id: Annotated[CandidateId, Path()]
) -> Decision:
    """Promote a candidate that passed every check and waits for a person."""
    given = await read_body(request, ApprovalRequest)
    return await run_in_threadpool(
        approval.approve, gate.store, gate.queue, candidate_id, given.reason, gate.signing
    )


@router.post(
    "/candidates/{candidate_id}/reject",
    dependencies=[Depends(require_token)],
    responses=error_responses(401, 403, 404, 409, 413, 422, 503),
    openapi_extra=_body_of(ApprovalRequest),
    tags=["candidates"],
)
async def reject(
    gate: Gate, request: Request, candidate_id: Annotated[CandidateId, Path()]
) -> Decision:
    """Refuse a candidate that passed every check and waits for a person."""
    given = await read_body(request, ApprovalRequest)
    return await run_in_threadpool(
        approval.reject, gate.store, gate.queue, candidate_id, given.reason, gate.signing
    )


@router.get("/fleet", tags=["fleet"])
def fleet(gate: Gate) -> FleetStatus:
    """What each worker of the predictor wants and serves."""
    return describe_fleet(gate.store.heartbeats.all(), gate.history.in_force(), datetime.now(UTC))


@router.get("/metrics", response_class=PlainTextResponse, tags=["metrics"])
def metrics(gate: Gate) -> PlainTextResponse:
    """What Prometheus reads."""
    page = metrics_page(
        gate.store,
        gate.history,
        blocked=gate.poll_thread.last_error is not None,
        evaluations=gate.evaluator.sample,
        held=[held.candidate_id for held in gate.queue.pending()],
    )
    return PlainTextResponse(page, headers={"content-type": CONTENT_TYPE})


@router.get("/livez", tags=["health"])
def livez() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/readyz", responses=error_responses(503), tags=["health"])
def readyz(gate: Gate) -> Health:
    """Candidates are decided: the store can be read, and the loop meets no obstacle."""
    gate.history.entries()
    if gate.poll_thread.last_error is not None:
        raise HTTPException(503, gate.poll_thread.last_error)
    return Health(status="ready")
