"""Read the body of a change: strict JSON of limited size. Content-Type is ignored."""

from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from shared.contract import strict_json
from shared.errors import DocumentError

MAX_BODY_BYTES = 16 << 10
MAX_SEPARATORS = 1024
"""The most commas, `[` and `{` of a body that is decoded.

A right body has three keys, and at most two lines of 500 characters. Decoding 8,000 values would
take ten times as long as the rest of the request.
"""

_Body = TypeVar("_Body", bound=BaseModel)


async def read_body(request: Request, kind: type[_Body]) -> _Body:
    """Read the request's body as *kind*; raise 413 if it is too large, 422 if it is not valid."""
    data = await read_limited(request)
    if strict_json.count_separators(data) > MAX_SEPARATORS:
        raise HTTPException(
            422, f"Expected a JSON object with at most {MAX_SEPARATORS} commas, `[` and `{{`."
        )
    try:
        strict_json.decode(data, "The body")
        return kind.model_validate_json(data)
    except DocumentError as error:
        raise HTTPException(422, str(error)) from error
    except ValidationError as error:
        raise RequestValidationError(
            error.errors(include_url=False, include_context=False)
        ) from error


async def read_limited(request: Request, most: int = MAX_BODY_BYTES) -> bytes:
    """Read the body. Raise 413 for more than *most* bytes, 400 if the client disconnected."""
    too_large = HTTPException(413, f"The body has more than {most} bytes.")
    # int() cannot fail: the HTTP parser allows only digits.
    if int(request.headers.get("content-length", 0)) > most:
        raise too_large
    received = bytearray()
    try:
        async for chunk in request.stream():
            received += chunk
            if len(received) > most:
                raise too_large
    except ClientDisconnect as error:
        raise HTTPException(400, "The client disconnected before the end of the body.") from error
    return bytes(received)
