"""The query and the response of `GET /live.json`. All lists are bounded."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from gatekeeper.live_status.time_range import RangeName
from gatekeeper.probation.probation_status import ProbationStatus
from shared.contract.documents import Outcome
from shared.live.drift_record import DriftedPart

MAX_LABEL = 128
"""The most characters of the name of a feature, class or category in the response."""


class LiveQuery(BaseModel, extra="forbid"):
    """The time that is shown."""

    range: RangeName = Field(
        default="day",
        description="`hour`: 60 minutes. `day`: 24 hours. `month`: 30 days, which begin at 0:00 "
        "UTC. The last step is not over yet.",
    )


class LivePoint(BaseModel):
    """The requests of one version in one step of the range."""

    start: datetime
    requests: int
    failed: int = Field(description="Requests with status 5xx.")
    mean_seconds: float | None = Field(description="Mean latency; null without requests.")
    p50_seconds: float | None = Field(
        description="Median latency, interpolated in the bins of the volume format. null without "
        "requests, and in the range `hour`: latencies are binned by the hour."
    )
    p95_seconds: float | None = Field(description="95th percentile, in the same way.")


class PredictionPoint(BaseModel):
    """The predictions of one version in one step, in the bins of its reference."""

    start: datetime
    counts: list[int] = Field(description="One for each label of the version's `prediction_bins`.")


class LiveVersionScore(BaseModel):
    """The score of one version on the newest logged rows whose label is known.

    Labels exist only for cases on which somebody acted.
    """

    metric: str
    value: float | None = Field(description="Higher is better; null without a score.")
    low: float | None = Field(
        description="The lower end of the 95 % interval; null if the rows do not show one."
    )
    high: float | None = Field(description="The upper end.")
    rows: int = Field(description="The labelled rows that count, at most the newest ones.")
    unusable: int = Field(
        description="Further rows whose label or logged answer cannot be used: it is not a class "
        "of the model, or not a number."
    )
    oversized_segments: int = Field(
        description="Files of rows or labels that are left out, because they are too large."
    )
    promised: float | None = Field(
        description="The score on the holdout by which the gate decided; null if the decision has "
        "another metric."
    )
    comparison: Literal["below", "inside", "above"] | None = Field(
        description="Where `promised` is: below, inside or above the interval."
    )
    computed_at: datetime | None = Field(description="null: it was not computed yet.")
    problem: str | None = Field(description="Why the score is missing; null with a score.")
    sentence: str


class LiveVersion(BaseModel):
    """The requests and predictions of one version in the range.

    Only requests, failures and the mean latency are counted by the minute. In the range `hour`, all
    other numbers are those of the one or two hours of UTC that the range touches.
    """

    version: int
    requests: int
    rejected: int = Field(description="Requests with status 4xx: mistakes of clients.")
    failed: int = Field(description="Requests with status 5xx.")
    rows: int = Field(description="Rows that were answered.")
    counted_rows: int = Field(description="The rows whose features and predictions are counted.")
    mean_seconds: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    points: list[LivePoint] = Field(description="One for each step, oldest first.")
    live_score: LiveVersionScore
    prediction_bins: list[str] = Field(description="Classes, or intervals of numbers.")
    predictions: list[PredictionPoint] = Field(
        description="One for each hour of the ranges `hour` and `day`, for each day of `month`."
    )


class Distribution(BaseModel):
    """How rows are distributed: in the reference, and in production during the range."""

    bins: list[str] = Field(description="Intervals, categories, classes, or false and true.")
    edges: list[float] | None = Field(description="The numbers between the bins; null for names.")
    reference: list[int] = Field(description="Training rows; for predictions, validation rows.")
    live: list[int]


class LiveFeature(Distribution):
    """One feature of the model in production."""

    name: str
    reference_missing: int
    live_missing: int
    live_unseen: int = Field(description="Strings that are not among the model's categories.")
    drift: list[DriftedPart] = Field(description="The parts that drift, by drift.json.")


class LivePromotion(BaseModel):
    """A change of the model in production during the range."""

    version: int
    decision: int = Field(description="The number of the decision.")
    at: datetime
    outcome: Outcome


class LiveDrift(BaseModel):
    """The last comparison of production with the reference, which drift.json holds."""

    version: int | None = Field(description="The version that was compared.")
    checked_at: datetime | None = Field(description="null: no comparison was made yet.")
    not_checked: str | None = Field(description="Why nothing was compared; null if it was.")
    drifted: list[DriftedPart] = Field(description="All parts that drift: features, predictions.")


class HealthLine(BaseModel):
    """One line about the whole: all is well, or the list of what is not."""

    healthy: bool
    sentence: str
    problems: list[str]
    live_score: str | None = Field(
        default=None, description="The live score of production, which `sentence` contains too."
    )


class LiveStatus(BaseModel):
    """Production in a range of time."""

    range: RangeName
    since: datetime
    until: datetime
    step_seconds: int
    health: HealthLine
    probation: ProbationStatus | None = Field(
        default=None, description="The version on probation, or null."
    )
    version: int | None = Field(description="The version in production; null if there is none.")
    model_name: str | None
    versions: list[LiveVersion] = Field(
        description="The version in production and its predecessor, at most two."
    )
    promotions: list[LivePromotion] = Field(description="At most the newest 100, oldest first.")
    not_compared: str | None = Field(
        description="The reason why nothing is compared; null if it is."
    )
    predictions: Distribution | None
    probabilities: Distribution | None = Field(
        description="The largest probability of each row in 20 equal bins from 0 to 1."
    )
    features: list[LiveFeature] = Field(
        description="Those that drift first, the largest stability index before the others; then "
        "in the order of the model."
    )
    drift: LiveDrift
    notes: list[str] = Field(description="Sentences about counts that are left out.")
