"""The request to the process that scores production by its labels, and its result."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gatekeeper.evidence.evaluation_messages import Message
from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.field_types import Count

MAX_RESULT_BYTES = 64 << 10
"""Largest line of the process, in bytes."""


class VersionToScore(StrictModel):
    """A version, with the classes of its model."""

    version: Positive
    classes: tuple[str, ...]
    """By index; empty for a regression."""


class LiveScoreRequest(StrictModel):
    """The versions to score by the rows that the store has now."""

    store: Path
    metric: str
    costs: dict[str, dict[str, float]] | None
    most: Positive
    """The newest labelled rows of each version that count."""
    memory_mib: Positive
    """The memory that the process may add to what its libraries need."""
    versions: tuple[VersionToScore, ...]


class VersionScore(StrictModel):
    """The score of one version, or the reason why it has none."""

    version: Positive
    rows: Count = 0
    """The labelled rows that count."""
    unusable: Count = 0
    """Further rows whose label or logged answer is not a class of the model, or not a number."""
    unusable_note: Message | None = None
    """A sentence about these labels, with an example, and one about these answers."""
    oversized_segments: Count = 0
    """Files of rows or labels that are left out, because they are too large."""
    value: Finite | None = None
    low: Finite | None = None
    """The lower end of the interval; None if the rows do not show one."""
    high: Finite | None = None
    problem: Message | None = None
    """Why the score is missing; None with a score."""


class LiveScoreResult(StrictModel):
    """The scores in the order of the request."""

    versions: Annotated[tuple[VersionScore, ...], Field(max_length=8)]
    seconds: Annotated[Finite, Field(ge=0)]
    """Seconds of processor time that the scores took."""
    is_temporary: bool = False
    """Whether a file could not be read now, so the same request may soon have another result."""
