"""The page about trainings that begin by themselves, with a form that requests one now."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from gatekeeper.api.routes import Gate
from gatekeeper.api.training.trainings import (
    NO_TRAINER,
    TrainRequest,
    describe_trainings,
    request_training,
)
from gatekeeper.pages.error_pages import PageRoute
from gatekeeper.pages.forms import read_form
from gatekeeper.pages.rendering import render_page

PATH = "/page/training"
router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get(PATH)
async def training(gate: Gate) -> Response:
    """Show the next training, the last one, and the form."""

    def render() -> Response:
        shown = {"training": describe_trainings(gate.store), "no_trainer": NO_TRAINER}
        return render_page("training.html", shown)

    return await gate.reads.run(render)


@router.post(PATH)
async def train(gate: Gate, request: Request) -> Response:
    """Request a training and show the page again."""
    body = await read_form(request, gate.tokens, TrainRequest)
    await run_in_threadpool(request_training, gate.store, body)
    return RedirectResponse(PATH, 303)
