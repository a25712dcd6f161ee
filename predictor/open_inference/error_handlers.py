"""Errors of the framework itself (404, 405, a crash), in the protocol's body."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from predictor.codec.reply import Reply
from predictor.open_inference.replies import convert_error
from shared.errors import ModelgateError

ROOT = "/v2"
_LENGTH = "content-length"

_Handler = Callable[[Request, Exception], Awaitable[Response]]


def use_protocol_errors(app: FastAPI) -> None:
    """Let the error handlers of *app* reply in the protocol's body, for paths below /v2 only."""
    for kind in (HTTPException, ModelgateError, Exception):
        app.add_exception_handler(kind, _convert_below_root(app.exception_handlers[kind]))


def convert_refusal(path: str, reply: Reply) -> Reply:
    """Return an error reply in the protocol's body, if *path* is below /v2."""
    return convert_error(reply) if _is_below_root(path) else reply


def _is_below_root(path: str) -> bool:
    return f"{path}/".startswith(f"{ROOT}/")


def _convert_below_root(handle: Any) -> _Handler:
    async def convert(request: Request, error: Exception) -> Response:
        response: Response = await handle(request, error)
        if not _is_below_root(request.url.path):
            return response
        # The body of the protocol has another length.
        headers = {key: value for key, value in response.headers.items() if key != _LENGTH}
        reply = convert_error(Reply(response.status_code, headers, bytes(response.body)))
        return Response(reply.body, reply.status, dict(reply.headers))

    return convert
