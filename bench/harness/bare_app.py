"""The least an ASGI application can do: one constant answer, nothing read and nothing checked.

It answers what the predictor would, byte for byte as long, and stands alone, so that it can be
mounted into a container.
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
    """Answer."""
    await send(_START)
    await send(_BODY)
