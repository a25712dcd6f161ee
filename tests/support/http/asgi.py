"""A client for an application in this process, without a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from predictor.http.predict_endpoint import PredictEndpoint


class AppClient:
    """A synchronous client; its event loop runs in a thread."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient) -> None:
        self._portal = portal
        self._client = client

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.get, path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.post, path, **options))


@contextmanager
def running_app(app: FastAPI | PredictEndpoint) -> Iterator[AppClient]:
    """Run the application and its lifespan while the block runs."""
    lifespan = app if isinstance(app, FastAPI) else app.app
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://test")
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(lifespan.router.lifespan_context(lifespan)),
        portal.wrap_async_context_manager(client),
    ):
        yield AppClient(portal, client)
