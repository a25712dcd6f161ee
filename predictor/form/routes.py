"""The routes of the form: it is shown to browsers, and other clients are led to /docs."""

import time
from concurrent.futures import Executor
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from predictor.codec.reply import Reply
from predictor.form.form_request import FormRequest, Page, get_message, show_form
from predictor.form.page import write_message
from predictor.form.page_origin import refuse_other_sites
from predictor.form.posted_values import NotAFormError
from predictor.http.request_body import ClientGoneError, read_body
from predictor.loop_turns import run_in_turns
from predictor.prediction.request_answerer import RequestAnswerer
from predictor.prediction.worker import PredictionWorker
from shared.http.upload_budget import release_upload
from shared.reports.page_files import ICON, STYLE_SHEET

MAX_FORM_BYTES = 1 << 20
"""The largest body of a form, if PREDICTOR_MAX_BODY_BYTES allows as many bytes."""
_STATIC = {
    "style.css": (STYLE_SHEET, "text/css"),
    "form.css": (Path(__file__).parent / "static" / "form.css", "text/css"),
    "icon.svg": (ICON, "image/svg+xml"),
}
_CLIENT_GONE, _TOO_LARGE, _INVALID = 400, 413, 422
_HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept",
    # Over HTTP, browsers send no Sec-Fetch-Site. With no-referrer they would hide Origin too.
    "Referrer-Policy": "same-origin",
}


def create_form_router(
    worker: PredictionWorker,
    answerer: RequestAnswerer,
    thread: Executor,
    max_body_bytes: int,
    published: str | None,
) -> APIRouter:
    """Make the routes of the form. Pages are written in *thread*."""
    limit = min(max_body_bytes, MAX_FORM_BYTES)
    handlers = _Handlers(worker, answerer, thread, limit, published)
    router = APIRouter(include_in_schema=False)
    router.get("/")(handlers.show)
    router.post("/")(handlers.predict)
    router.get("/page/static/{name}")(_send_file)
    return router


class _Handlers:
    def __init__(
        self,
        worker: PredictionWorker,
        answerer: RequestAnswerer,
        thread: Executor,
        limit: int,
        published: str | None,
    ) -> None:
        self._worker = worker
        self._answerer = answerer
        self._thread = thread
        self._limit = limit
        self._published = published

    async def show(self, request: Request) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return RedirectResponse("/docs", headers={"Vary": "Accept"})
        served = self._worker.served
        if served is None:
            return _to_response(self._without_model())
        return _to_response(await run_in_turns(self._thread, show_form, served))

    async def predict(self, request: Request) -> Response:
        refuse_other_sites(request, self._published)
        try:
            body = await read_body(request.scope, request.receive, self._limit)
            if isinstance(body, Reply):
                return _to_response(self._refuse_body(body))
            return _to_response(await self._answer(body))
        except ClientGoneError:
            return Response(status_code=_CLIENT_GONE)
        except NotAFormError:
            return _to_response(Page(_INVALID, write_message("The request is not of this form.")))
        finally:
            release_upload(request.scope)

    async def _answer(self, body: bytes) -> Page:
        received = time.perf_counter()
        served = self._worker.served
        if served is None:
            return self._without_model()
        form = await run_in_turns(self._thread, FormRequest.read, served, body)
        if isinstance(form, Page):
            return form
        reply = await self._answerer.answer(form.body)
        self._worker.count_reply(reply, received, "/")
        return await run_in_turns(self._thread, form.show_reply, reply, self._worker.served)

    def _without_model(self) -> Page:
        reply = self._worker.not_ready_reply()
        return Page(reply.status, write_message(get_message(reply)))

    def _refuse_body(self, reply: Reply) -> Page:
        is_large = reply.status == _TOO_LARGE
        message = f"The form has more than {self._limit} bytes." if is_large else get_message(reply)
        return Page(reply.status, write_message(message))


def _send_file(name: str) -> Response:
    if name not in _STATIC:
        raise HTTPException(404)
    path, kind = _STATIC[name]
    headers = {"Cache-Control": "no-cache"}
    return Response(path.read_bytes(), media_type=kind, headers=headers)


def _to_response(page: Page) -> Response:
    return HTMLResponse(page.body, page.status, _HEADERS)
