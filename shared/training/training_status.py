"""training/status.json and training-request.json: what was trained by itself, and what is next."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contract.document import Document, StrictModel, Time, is_none
from shared.contract.documents import Outcome
from shared.contract.field_types import CandidateId, Count, OneLine, Sha256
from shared.contract.heartbeat import MAX_HOST_CHARACTERS

MAX_TRAINING_BYTES = 64 << 10
"""The largest training-request.json or status.json that is read."""
MAX_MESSAGE_CHARACTERS = 2000

Cause = Literal["schedule", "data", "drift", "request", "retry"]
"""The reason of a run: the time, changed data, drift, a person, or a run that failed."""
Result = Literal["decided", "undecided", "failed", "stopped"]
"""The end of a run: undecided is published without a decision; stopped is tried again."""
RequestId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
_Causes = Annotated[tuple[Cause, ...], Field(min_length=1, max_length=5)]
_Setting = Annotated[str, Field(max_length=500)]


class TrainingRequest(Document):
    """training-request.json: a person wants a training now."""

    id: RequestId
    requested_at: Time
    by: OneLine | None


class RunningTraining(StrictModel):
    """A run that has begun and whose end is not recorded."""

    causes: _Causes
    started_at: Time
    newest_candidate: CandidateId | None
    """The newest candidate when the run began: a newer one is the result of the run."""
    requested_by: OneLine | None


class FinishedTraining(StrictModel):
    """A run that has ended."""

    causes: _Causes
    started_at: Time
    ended_at: Time
    requested_by: OneLine | None
    result: Result
    candidate_id: CandidateId | None
    outcome: Outcome | None
    message: Annotated[str, Field(max_length=MAX_MESSAGE_CHARACTERS)] | None
    """Why there is no decision; None if there is one."""


class HandledCauses(StrictModel):
    """The causes up to here have led to a run, which has at least begun."""

    schedule_until: Time
    drift_event: Count
    """The number of the last event of drift.json that was handled; 0 before the first."""
    drift_at: Time | None = Field(default=None, exclude_if=is_none)
    """The time of that event: drift.json may begin again with the same numbers."""
    drift_trained_at: Time | None
    request: RequestId | None
    data: Sha256 | None
    """The SHA-256 of the content of the data set."""


class TrainingStatus(Document):
    """training/status.json: the runs of the waiting trainer."""

    host: Annotated[str, Field(max_length=MAX_HOST_CHARACTERS)]
    pid: Annotated[int, Field(ge=1, le=2**31 - 1)]
    schedule: _Setting | None
    timezone: _Setting
    watch: bool
    on_drift: bool
    next_run: Time | None
    """The next run by schedule, or after a failure; None if only other causes can come."""
    running: RunningTraining | None
    last_run: FinishedTraining | None
    failures: Count
    """Runs that have failed since the last one that did not."""
    retry_at: Time | None
    handled: HandledCauses
