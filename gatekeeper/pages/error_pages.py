"""Error pages: a route that shows errors as HTML."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from gatekeeper.api.routes import ERRORS
from gatekeeper.pages.rendering import render_page
from shared.errors import ModelgateError

logger = logging.getLogger(__name__)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route that shows errors as a page, with the status that the API uses."""

    def get_route_handler(self) -> Handler:
        """Wrap the handler; FastAPI calls this method for each route."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except HTTPException as error:
                return _error_page(error.status_code, str(error.detail))
            except RequestValidationError as error:
                return _error_page(422, f"{error.errors()[0]['msg']}.")
            except (ModelgateError, OSError) as error:
                return _error_page(_status_of(error), str(error))

        return answer


router = APIRouter(route_class=PageRoute, include_in_schema=False)
"""The route of all unknown addresses; include it after all others."""


@router.get("/page/{path:path}")
def unknown_page(path: str) -> Response:
    """Raise the error of *path*, which is not the address of a page."""
    raise HTTPException(404, f"No page has this address: {path[:100]}.")


def _error_page(status: int, message: str) -> Response:
    return render_page("error.html", {"status": status, "message": message}, status)


def _status_of(error: Exception) -> int:
    """Return the API's status for *error*, or 503 if it has none."""
    for kind in type(error).__mro__:
        if kind in ERRORS:
            return ERRORS[kind][0]
    logger.error("Cannot show a page.", exc_info=error)
    return 503
