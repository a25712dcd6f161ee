"""Errors of the framework itself (404, 405, a crash), in the protocol's body."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from predictor.codec.reply import Reply
from predictor.open_inference.replies import convert_error
from shared.errors import ModelgateError

ROOT = "/v2"

_Handler = Callable[[Request, Exception], Awaitable[Response]]


def use_protocol_errors(app: FastAPI) -> None:
    """Let the error handlers of *app* reply in the protocol's body, for paths below /v2 only."""
    for kind in (HTTPException, ModelgateError, Exception):
        app.add_exception_handler(kind, _convert_below_root(app.exception_handlers[kind]))


def _convert_below_root(handle: Any) -> _Handler:
    async def convert(request: Request, error: Exception) -> Response:
        response: Response = await handle(request, error)
        if not f"{request.url.path}/".startswith(f"{ROOT}/"):
            return response
        headers = {key: value for key, value in response.headers.items() if key == "allow"}
        reply = convert_error(Reply(response.status_code, headers, bytes(response.body)))
        return Response(reply.body, reply.status, dict(reply.headers))

    return convert
