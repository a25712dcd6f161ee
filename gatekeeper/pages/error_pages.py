"""Routes of pages: what goes wrong is a page too."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from gatekeeper.api.routes import ERRORS
from gatekeeper.pages.rendering import render_page
from shared.errors import ModelgateError

logger = logging.getLogger(__name__)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """Answers errors with the status that the API gives them, for people."""

    def get_route_handler(self) -> Handler:
        """FastAPI's hook around each call of the route."""
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


def _error_page(status: int, message: str) -> Response:
    return render_page("error.html", {"status": status, "message": message}, status)


def _status_of(error: Exception) -> int:
    """As the API answers it; a store that cannot be read may be readable soon."""
    for kind in type(error).__mro__:
        if kind in ERRORS:
            return ERRORS[kind][0]
    logger.error("A page cannot be shown.", exc_info=error)
    return 503
