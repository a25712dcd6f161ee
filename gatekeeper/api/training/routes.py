"""The routes of the API about trainings."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from gatekeeper.api.request_body import read_body
from gatekeeper.api.routes import Gate, change, large
from gatekeeper.api.training.trainings import (
    Trainings,
    TrainRequest,
    describe_trainings,
    request_training,
)
from shared.training.training_status import TrainingRequest

router = APIRouter(tags=["training"])


@router.get("/training", **large(Trainings))
async def training(gate: Gate) -> Response:
    """Return the next training by itself, and the outcome of the last one."""
    return await gate.reads.answer(lambda: describe_trainings(gate.store))


@router.post("/train", **change(TrainRequest))
async def train(gate: Gate, request: Request) -> TrainingRequest:
    """Request a training now. The waiting trainer begins it, when no other one runs."""
    body = await read_body(request, TrainRequest)
    return await run_in_threadpool(request_training, gate.store, body)
