"""serving/<worker>.json: what one worker of the predictor reports."""

from operator import not_

from pydantic import AwareDatetime, Field

from shared.contract.document import Document, Finite, Positive
from shared.contract.documents import Digest, WorkerName


class Heartbeat(Document):
    """serving/<worker>.json: the version that one worker wants and serves at `beat_at`."""

    worker: WorkerName
    host: str
    pid: Positive
    beat_at: AwareDatetime
    heartbeat_seconds: Finite
    desired_version: Positive | None
    desired_digest: Digest | None
    serving_version: Positive | None
    serving_digest: Digest | None
    loaded_at: AwareDatetime | None
    last_error: str | None
    versions: dict[str, str] = Field(default_factory=dict, exclude_if=not_)
    """The versions of Python and of the libraries that run models."""
