"""serving/<worker>.json: what one worker of the predictor reports.

Every field is bounded, because a reader computes with it and shows it. A document that exceeds a
bound is invalid, and readers leave it out.
"""

from operator import not_
from typing import Annotated

from pydantic import Field

from shared.contract.document import Document, Time
from shared.contract.field_types import Digest, WorkerName

MAX_HEARTBEAT_BYTES = 16 << 10
"""The largest heartbeat that is read; one has less than 1 KiB without an error."""
MAX_ERROR_CHARACTERS = 2000
"""Most characters of an error in a heartbeat that this release writes."""
MAX_HOST_CHARACTERS = 255

_Version = Annotated[int, Field(ge=1, le=2**53 - 1)]
_ProcessId = Annotated[int, Field(ge=1, le=2**31 - 1)]
_Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
_Short = Annotated[str, Field(max_length=100)]


class Heartbeat(Document):
    """serving/<worker>.json: the version that one worker wants and serves at `beat_at`."""

    worker: WorkerName
    host: Annotated[str, Field(max_length=MAX_HOST_CHARACTERS)]
    pid: _ProcessId
    beat_at: Time
    heartbeat_seconds: _Seconds
    desired_version: _Version | None
    desired_digest: Digest | None
    serving_version: _Version | None
    serving_digest: Digest | None
    loaded_at: Time | None
    last_error: str | None
    versions: dict[_Short, _Short] = Field(default_factory=dict, max_length=32, exclude_if=not_)
    """The versions of Python and of the libraries that run models."""
    quarantined: tuple[Digest, ...] = Field(default=(), exclude_if=not_, max_length=64)
    """The models that this worker's predictor does not call any more."""
