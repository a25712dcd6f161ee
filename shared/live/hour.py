"""live/<worker>/<hour>.json: what one worker counted in one hour."""

from operator import not_
from typing import Annotated

from pydantic import Field

from shared.contract.document import Document, Finite, StrictModel, Time
from shared.contract.field_types import Count, Digest, Sha256, WorkerName
from shared.live.reference import PROBABILITY_BINS, Counts

MAX_HOUR_BYTES = 16 << 20
"""The largest document of an hour that is read."""
LATENCY_EDGES = (
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
)  # fmt: skip
"""Upper bounds of the latency bins in seconds, inclusive; the last bin has all longer requests."""
MAX_VERSIONS = 100
"""The most versions that one worker counts in one hour; the oldest are left out."""

_Latencies = Annotated[
    tuple[Count, ...], Field(min_length=len(LATENCY_EDGES) + 1, max_length=len(LATENCY_EDGES) + 1)
]
_Minute = Annotated[int, Field(ge=0, le=59)]


class Requests(StrictModel):
    """Requests for predictions by the class of their status."""

    answered: Count
    """Status 2xx."""
    rejected: Count
    """Status 4xx: the client's mistake."""
    failed: Count
    """Status 5xx."""
    not_finite: Count = Field(default=0, exclude_if=not_)
    """The rejected ones that the model did not answer with a finite number, although a row has only
    numbers within the range of its data."""


class LiveMinute(StrictModel):
    """The requests of one minute, by which a page draws an hour."""

    minute: _Minute
    requests: Count
    failed: Count
    seconds: Annotated[Finite, Field(ge=0)]
    """The sum of all latencies."""


class FeatureCounts(StrictModel):
    """The counted rows of one feature: in the bins of the reference, missing, or unseen."""

    counts: Counts
    missing: Count
    unseen: Count
    """Strings that are not among the categories of the artefact."""


class VersionCounts(StrictModel):
    """The counts of one worker for one version."""

    version: Annotated[int, Field(ge=1, le=2**53 - 1)]
    digest: Digest
    reference: Sha256 | None
    """The SHA-256 of the reference.json with the bins; None if the model has none."""
    requests: Requests
    rows: Count
    """All rows that were answered."""
    latencies: _Latencies
    minutes: Annotated[tuple[LiveMinute, ...], Field(max_length=60)]
    """In ascending order; a minute without requests is left out."""
    counted_rows: Count
    """The rows that the fields below count, chosen evenly among all."""
    predictions: Counts
    """In the bins of the reference; without one, classes in the artefact's order, or nothing."""
    probabilities: Annotated[tuple[Count, ...], Field(max_length=PROBABILITY_BINS)]
    features: tuple[FeatureCounts, ...]
    """In the order of the artefact's features; empty without a reference."""


class LiveHour(Document):
    """live/<worker>/<hour>.json: the counts of one worker in one hour of UTC."""

    worker: WorkerName
    hour: Time
    """The beginning of the hour."""
    versions: Annotated[tuple[VersionCounts, ...], Field(max_length=MAX_VERSIONS)]
    """In ascending order of their numbers."""
