"""Trainings by themselves: what the waiting trainer reports, and requests for one more."""

import secrets
from datetime import UTC, datetime

from pydantic import BaseModel, Field

from gatekeeper.api.http_bodies import FormLine
from shared.errors import NoWaitingTrainerError
from shared.store.store import ModelStore
from shared.training.file_lock import is_trainer_waiting
from shared.training.training_files import TrainingFiles, is_new
from shared.training.training_status import (
    FinishedTraining,
    RunningTraining,
    TrainingRequest,
    TrainingStatus,
)

NO_TRAINER = (
    "No process waits to train on this store. Set TRAINER_SCHEDULE, TRAINER_WATCH or "
    "TRAINER_ON_DRIFT and start the stack again, or train once with `make retrain`."
)


class TrainRequest(BaseModel, extra="forbid", strict=True):
    """A request for a training now."""

    by: FormLine = Field(default=None, description="Your name; it is not verified.")


class Trainings(BaseModel):
    """The trainings that begin by themselves: now, before and next."""

    waiting: bool = Field(
        description="Whether a process waits to train. It is unknown, and false, if the file "
        "system has no locks between the hosts of trainer and gatekeeper."
    )
    schedule: str | None = Field(description="TRAINER_SCHEDULE of the waiting trainer.")
    timezone: str | None = Field(description="The time zone of the schedule.")
    watch: bool = Field(description="Whether changed data causes a training.")
    on_drift: bool = Field(description="Whether drift causes a training.")
    next_run: datetime | None = Field(
        description="The next training by schedule, or the next attempt after a failure."
    )
    running: RunningTraining | None
    last_run: FinishedTraining | None
    failures: int = Field(description="Number of failures since the last run without one.")
    requested: TrainingRequest | None = Field(description="The request that has not begun yet.")


def describe_trainings(store: ModelStore) -> Trainings:
    """Return what is known; a document that cannot be read is left out."""
    files = TrainingFiles(store.layout)
    status, request = files.find_status(), files.find_request()
    waiting = is_trainer_waiting(store.layout)
    return Trainings(
        waiting=waiting,
        schedule=status.schedule if status else None,
        timezone=status.timezone if status else None,
        watch=bool(status and status.watch),
        on_drift=bool(status and status.on_drift),
        next_run=status.next_run if status and waiting else None,
        running=status.running if status and waiting else None,
        last_run=_last_run(status, is_waiting=waiting),
        failures=status.failures if status else 0,
        requested=request if is_new(request, status) else None,
    )


def _last_run(status: TrainingStatus | None, *, is_waiting: bool) -> FinishedTraining | None:
    """Return the last run; without a waiting trainer, a run without an end has been stopped."""
    if status is None or status.running is None or is_waiting:
        return status.last_run if status else None
    run = status.running
    return FinishedTraining(
        causes=run.causes,
        started_at=run.started_at,
        ended_at=run.started_at,
        requested_by=run.requested_by,
        result="stopped",
        candidate_id=None,
        outcome=None,
        message="The waiting trainer ended before the training did.",
    )


def request_training(store: ModelStore, body: TrainRequest) -> TrainingRequest:
    """Leave a request for the waiting trainer, or return the one that has not begun yet.

    Raises NoWaitingTrainerError, StoreError or OSError.
    """
    if not is_trainer_waiting(store.layout):
        raise NoWaitingTrainerError(NO_TRAINER)
    files = TrainingFiles(store.layout)
    earlier = files.find_request()
    if earlier is not None and is_new(earlier, files.read_status()):
        return earlier
    request = TrainingRequest(id=secrets.token_hex(16), requested_at=datetime.now(UTC), by=body.by)
    files.write_request(request)
    return request
