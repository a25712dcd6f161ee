"""The gatekeeper's application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from gatekeeper.api.feedback import routes as feedback_routes
from gatekeeper.api.feedback.examples import EXAMPLES as FEEDBACK_EXAMPLES
from gatekeeper.api.openapi import EXAMPLES
from gatekeeper.api.routes import ERRORS, router
from gatekeeper.api.service import assemble
from gatekeeper.api.training import routes as training_routes
from gatekeeper.api.training.examples import EXAMPLES as TRAINING_EXAMPLES
from gatekeeper.pages import candidate_routes, error_pages, routes, training_page
from gatekeeper.pages.live import live_routes
from gatekeeper.settings import GatekeeperSettings
from shared.http import service_app
from shared.http.allowed_hosts import ALLOWED_HOSTS, AllowedHosts
from shared.http.front.head_requests import HeadRequests
from shared.http.front.root_path import RootPath
from shared.http.open_connections import OPEN_CONNECTIONS, OpenConnections
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
    hosts = AllowedHosts(settings.allowed_hosts, settings.published, "GATEKEEPER_")

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        service.poll_thread.start()
        service.live_scores.thread.start()
        service.label_looks.thread.start()
        connections.start()
        try:
            yield {OPEN_CONNECTIONS: connections, ALLOWED_HOSTS: hosts}
        finally:
            connections.stop()
            await run_in_threadpool(service.feedback.close)
            await run_in_threadpool(service.poll_thread.stop)
            await run_in_threadpool(service.live_scores.thread.stop)
            await run_in_threadpool(service.label_looks.thread.stop)

    app = service_app.create_service(
        "Modelgate gatekeeper",
        ERRORS,
        root_path=settings.root_path,
        description=DESCRIPTION,
        lifespan=lifespan,
    )
    app.state.service = service
    app.include_router(router)
    app.include_router(training_routes.router)
    app.include_router(feedback_routes.router)
    app.include_router(routes.router)
    app.include_router(candidate_routes.router)
    app.include_router(live_routes.router)
    app.include_router(training_page.router)
    app.include_router(error_pages.router)
    app.add_middleware(HeadRequests)
    if settings.root_path:
        app.add_middleware(RootPath, root_path=settings.root_path)
    show_examples(app, {**EXAMPLES, **TRAINING_EXAMPLES, **FEEDBACK_EXAMPLES})
    return app
