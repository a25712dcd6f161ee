"""The gatekeeper's application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from gatekeeper.api.openapi import EXAMPLES
from gatekeeper.api.routes import ERRORS, router
from gatekeeper.api.service import assemble
from gatekeeper.pages import candidate_routes, routes
from gatekeeper.settings import GatekeeperSettings
from shared.http import service_app
from shared.http.limits_protocol import OPEN_CONNECTIONS
from shared.http.open_connections import OpenConnections
from shared.http.openapi_examples import show_examples
from shared.settings import CommonSettings

DESCRIPTION = (
    "Decides which model is in production and records the reasons. "
    "Changes need the token: `Authorization: Bearer <token>`."
)


def create_app(settings: GatekeeperSettings, common: CommonSettings) -> FastAPI:
    """Create the application. It polls the store from start to end.

    Raises StoreError and TokenError as `assemble` does.
    """
    service = assemble(settings, common)
    connections = OpenConnections()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        service.poll_thread.start()
        connections.start()
        try:
            yield {OPEN_CONNECTIONS: connections}
        finally:
            connections.stop()
            await run_in_threadpool(service.poll_thread.stop)

    app = service_app.create_service(
        "Modelgate gatekeeper", ERRORS, description=DESCRIPTION, lifespan=lifespan
    )
    app.state.service = service
    app.include_router(router)
    app.include_router(routes.router)
    app.include_router(candidate_routes.router)
    show_examples(app, EXAMPLES)
    return app
