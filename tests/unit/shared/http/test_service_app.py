"""Both services answer every error with one body, and document themselves without internet."""

import asyncio
import json
import logging
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from shared.errors import ModelNotFoundError, SettingsError, StoreError
from shared.http.service_app import create_service
from shared.logs import JsonFormatter


class Order(BaseModel):
    count: int


@pytest.fixture
def app() -> FastAPI:
    service = create_service(
        "Test", {StoreError: (409, "store"), ModelNotFoundError: (404, "gone")}
    )

    @service.post("/orders")
    async def order(order: Order) -> int:
        kinds = {1: StoreError, 2: ModelNotFoundError, 3: SettingsError, 4: ZeroDivisionError}
        raise kinds[order.count]("It went wrong.")

    return service


def ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "field"),
    [
        ("POST", "/orders", {"count": 1}, 409, "store", None),
        ("POST", "/orders", {"count": 2}, 404, "gone", None),
        ("POST", "/orders", {"count": 3}, 500, "internal_error", None),
        ("POST", "/orders", {"count": 4}, 500, "internal_error", None),
        ("POST", "/orders", {"count": "many"}, 422, "invalid_request", "count"),
        ("POST", "/orders", [], 422, "invalid_request", None),
        ("GET", "/orders", None, 405, "method_not_allowed", None),
        ("GET", "/nowhere", None, 404, "not_found", None),
    ],
)
def test_every_error_has_the_one_body(
    app: FastAPI, method: str, path: str, body: object, status: int, code: str, field: str | None
) -> None:
    answer = ask(app, method, path, json=body)
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]


def test_an_unexpected_error_is_logged_and_not_shown_to_the_client(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = ask(app, "POST", "/orders", json={"count": 4})
    assert "went wrong" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_the_documentation_needs_no_internet(app: FastAPI) -> None:
    page = ask(app, "GET", "/docs")
    assert page.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert link.startswith("/"), link
        assert ask(app, "GET", link).status_code == 200, link
    assert ask(app, "GET", "/openapi.json").json()["info"]["title"] == "Test"


def test_an_unexpected_error_returns_and_logs_the_traceparent(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = ask(app, "POST", "/orders", json={"count": 4}, headers={"traceparent": trace})
    assert answer.status_code == 500
    assert answer.headers["traceparent"] == trace
    assert json.loads(caplog.text)["traceparent"] == trace
    assert "traceparent" not in ask(app, "POST", "/orders", json={"count": 4}).headers
