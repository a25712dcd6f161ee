"""The FastAPI application of both services: one error body, and documentation that works offline.

Only the gatekeeper and the predictor import this module, because it needs FastAPI.
"""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.errors import ModelgateError
from shared.http.front.docs_page import add_docs_page
from shared.http.safe_headers import HEADERS, SafeHeaders
from shared.tracing.traceparent import NAME, current_traceparent
from shared.version import VERSION

logger = logging.getLogger(__name__)

ErrorTable = Mapping[type[ModelgateError], tuple[int, str]]
"""The status and code for each error class; a subclass uses the entry of its base."""

_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "too_many_requests",
    503: "unavailable",
}


class ErrorDetail(BaseModel):
    """An error: a code for programs, a message for people, and the name of the wrong field."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(BaseModel):
    """The body of every error of both services."""

    error: ErrorDetail


def create_service(
    title: str, errors: ErrorTable, *, root_path: str = "", **options: Any
) -> FastAPI:
    """Create a FastAPI application whose errors have one body and whose /docs work offline.

    Its document names the *root_path*, which RootPath removes from requests. *options* are passed
    to FastAPI.
    """
    if root_path:
        options["servers"] = [{"url": root_path}]
    app: FastAPI = FastAPIOffline(
        docs_url=None, redoc_url=None, title=title, version=VERSION, **options
    )
    add_docs_page(app)
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(ModelgateError, _domain_handler(errors))
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(Exception, _unexpected_error)
    return app


def error_response(
    status: int,
    code: str,
    message: str,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a response with the error body of both services."""
    body = ErrorBody(error=ErrorDetail(code=code, message=message, field=field))
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of a route's error statuses."""
    return {status: {"model": ErrorBody} for status in statuses}


def _domain_handler(errors: ErrorTable) -> Any:
    async def answer(request: Request, error: Exception) -> JSONResponse:
        for kind in type(error).__mro__:
            if kind in errors:
                status, code = errors[kind]
                return error_response(status, code, str(error))
        return await _unexpected_error(request, error)

    return answer


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered only for this type
    code = _CODES.get(error.status_code, "http_error")
    return error_response(error.status_code, code, str(error.detail), headers=error.headers)


async def _validation_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered only for this type
    first = error.errors()[0]
    field = [str(part) for part in first["loc"] if part not in {"body", "query", "path"}]
    return error_response(422, "invalid_request", first["msg"], ".".join(field) or None)


async def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    logger.error("Unexpected error on %s %s", request.method, request.url.path, exc_info=error)
    message = "Unexpected error; see the log of the service."
    traceparent = current_traceparent.get()
    echo = {NAME.decode(): traceparent.decode()} if traceparent else {}
    return error_response(500, "internal_error", message, headers={**HEADERS, **echo})
