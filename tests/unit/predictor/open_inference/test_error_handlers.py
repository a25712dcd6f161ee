"""Errors below /v2 have the protocol's body, and all others the common body."""

import httpx
import pytest
from fastapi import HTTPException

from predictor.open_inference.error_handlers import use_protocol_errors
from shared.errors import ServableError
from shared.http.safe_headers import HEADERS
from shared.http.service_app import create_service
from tests.support.http.asgi import running_app

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (RuntimeError("inner"), 500, "Unexpected error"),
        (ServableError("inner"), 500, "Unexpected error"),
        (HTTPException(409, "busy"), 409, "busy"),
    ],
)
def test_an_error_has_the_body_that_its_path_uses(error: Exception, status: int, says: str) -> None:
    app = create_service("crashing", {})

    @app.get("/v2")
    @app.get("/v2/crash")
    @app.get("/v2crash")
    async def crash() -> None:
        raise error

    use_protocol_errors(app)
    with running_app(app) as client:
        for path in ("/v2", "/v2/crash"):
            answer = client.get(path, headers={"traceparent": TRACE})
            require_headers(answer)
            assert answer.status_code == status
            assert answer.json().keys() == {"error"}
            assert says in answer.json()["error"]
        answer = client.get("/v2crash", headers={"traceparent": TRACE})
        require_headers(answer)
        assert says in answer.json()["error"]["message"]


def require_headers(answer: httpx.Response) -> None:
    assert answer.headers.get_list("traceparent") == [TRACE]
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]
