"""The minimal ASGI application: it returns a constant response without reading the request.

The response has the bytes of a predictor's response. The file imports nothing of this project, so
that it can be mounted into a container.
"""

from collections.abc import Awaitable, Callable
from typing import Any

BODY = (
    b'{"prediction":0,"label":"malignant","probabilities":{"malignant":0.9199999570846558,'
    b'"benign":0.08000001311302185},"model_name":"logistic_regression","model_version":1}'
)
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"x-model-version", b"1"),
        (b"content-length", str(len(BODY)).encode()),
    ],
}
_BODY = {"type": "http.response.body", "body": BODY}


async def app(
    _scope: dict[str, Any],
    _receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Send the constant response."""
    await send(_START)
    await send(_BODY)
