"""Reading the body of a change: strict JSON of bounded size, whatever Content-Type says."""

from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.contract import strict_json
from shared.errors import DocumentError

MAX_BODY_BYTES = 16 << 10

_Body = TypeVar("_Body", bound=BaseModel)


async def read_body(request: Request, kind: type[_Body]) -> _Body:
    """The request's body as *kind*.

    Raises the errors that become 413 and 422.
    """
    data = await read_limited(request)
    try:
        strict_json.decode(data, "The body")
        return kind.model_validate_json(data)
    except DocumentError as error:
        raise HTTPException(422, str(error)) from error
    except ValidationError as error:
        raise RequestValidationError(
            error.errors(include_url=False, include_context=False)
        ) from error


async def read_limited(request: Request) -> bytes:
    """The body's bytes; 413 for too many, and 400, which nobody reads, where the client is gone."""
    too_large = HTTPException(413, f"The body is larger than {MAX_BODY_BYTES} bytes.")
    if int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:  # the parser let digits pass
        raise too_large
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > MAX_BODY_BYTES:
                raise too_large
    except ClientDisconnect as error:
        raise HTTPException(400, "The client went away before the end of the body.") from error
    return bytes(received)
