"""The page /docs: Swagger UI, whose files come from the service itself."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

from shared.http.front.root_path import own_path

_FILES = "/static-offline-docs"
"""The path at which FastAPIOffline serves the files of Swagger UI."""


def add_docs_page(app: FastAPI) -> None:
    """Let *app*, which FastAPIOffline made, show its document at /docs."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        files = own_path(_FILES)
        return get_swagger_ui_html(
            openapi_url=own_path("/openapi.json"),
            title=f"{app.title} - Swagger UI",
            swagger_js_url=f"{files}/swagger-ui-bundle.js",
            swagger_css_url=f"{files}/swagger-ui.css",
            swagger_favicon_url=f"{files}/favicon.png",
        )
