"""The requests to the processes that answer and compare rows of the prediction log."""

from pathlib import Path

from gatekeeper.evidence.child_messages import LimitedRequest
from gatekeeper.evidence.comparison_messages import RowsFile
from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.field_types import Count

MAX_REPLAY_BYTES = 64 << 10
"""Largest line of a process that answers logged rows, in bytes."""
HEADER_NUMBERS = 2
"""Numbers before the probabilities of each row of a file of answers: a state and a prediction."""
MAX_LIVE_BYTES = 256 << 10
"""Largest line of the process that compares the answers, in bytes."""


class SegmentFile(StrictModel):
    """A segment that every process reads alike."""

    path: Path
    inode: Count
    size: Count
    """Bytes that are read; labels may have been appended since."""
    changed_ns: Count
    """The time of its last change, in nanoseconds since 1970; at most the present."""


class LoggedData(StrictModel):
    """The part of the prediction log and of the labels that is read."""

    predictions: tuple[SegmentFile, ...]
    """Newest first."""
    feedback: tuple[SegmentFile, ...] = ()
    """In their order."""
    most_rows: Positive
    """Newest rows that are read, and newest rows with a label."""
    only_labelled: bool = False
    """Whether only rows with a label are read."""


class ReplayRequest(LimitedRequest):
    """One model that answers logged rows."""

    log: LoggedData
    model_directory: Path
    """The verified copy of the artefact."""
    digest: str
    allow_joblib: bool
    answers: Path
    """The file for its answers; see `gatekeeper.sandbox.live_rows.answers_file`."""


class ComparedModel(StrictModel):
    """One model, and its answers to the logged rows."""

    name: str = "the candidate"
    """Its name in messages."""
    directory: Path
    """The verified copy of the artefact."""
    digest: str
    answers: Path
    rows: RowsFile | None = None
    """The hashes of the rows that it was fitted on; None if they are not known."""


class LiveComparisonRequest(LimitedRequest):
    """The answers of both models to logged rows."""

    log: LoggedData
    challenger: ComparedModel
    champion: ComparedModel | None
    """None without a champion, or if it did not answer."""
    champion_versions: tuple[Positive, ...] = ()
    """The versions with the champion's model, whose logged answers it must reproduce."""
    metric: str
    costs: dict[str, dict[str, float]] | None = None
    has_keys: bool = False
    """Whether the row hashes are those of keys, which are the ids of the logged rows."""
    required: Finite
    """The required difference of the scores."""
    confidence: Finite
    least_slice_rows: Positive
    """Rows of the smallest slice whose changed answers are shown."""
