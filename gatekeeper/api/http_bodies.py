"""Queries and bodies of the API, except the documents of the store."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from gatekeeper.live_status.bodies import HealthLine
from gatekeeper.live_status.webhook_status import WebhookStatus
from gatekeeper.probation.probation_status import ProbationStatus
from shared.contract.check_result import CheckResult
from shared.contract.document import Positive
from shared.contract.documents import Decision, Manifest, Outcome, Registry
from shared.contract.field_types import OneLine
from shared.contract.threshold import LabelThreshold


def _parse_iso_8601(value: object) -> object:
    """Parse ISO 8601 only; pydantic would also accept a number of seconds."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PydanticCustomError(
            "iso_8601",
            "Expected ISO 8601 with an offset, such as 2026-01-31T12:00:00Z; found {found}",
            {"found": repr(value)},
        )
    return moment


Moment = Annotated[datetime, BeforeValidator(_parse_iso_8601)]
"""A time in ISO 8601 with an offset, such as 2026-01-31T12:00:00Z."""


class RegistryQuery(BaseModel, extra="forbid"):
    """The time of the registry."""

    at: Moment | None = Field(
        default=None, description="ISO 8601 time with an offset. Default: now."
    )


class DecisionsQuery(BaseModel, extra="forbid"):
    """A selection of decisions."""

    outcome: Outcome | None = Field(default=None, description="Only decisions with this outcome.")
    limit: int = Field(default=100, ge=1, le=1000, description="Largest number of decisions.")
    before: Positive | None = Field(default=None, description="Only decisions with a lower number.")


def _as_json_counts(value: object) -> object:
    """Accept 3.0 as 3: JSON has only one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def empty_to_none(value: object) -> object:
    """Read an empty field of a form as missing."""
    return None if value == "" else value


FormLine = Annotated[OneLine | None, BeforeValidator(empty_to_none)]
"""A line of text that a person may leave empty."""


class RollbackRequest(BaseModel, extra="forbid", strict=True):
    """The version whose model goes back into production."""

    version: Annotated[Positive, BeforeValidator(_as_json_counts)]
    reason: OneLine | None = Field(default=None, description="Why, in one line.")
    by: OneLine | None = Field(default=None, description="Your name; it is not verified.")


class RollbackForm(BaseModel, extra="forbid", strict=True):
    """The same body, sent as text by a form."""

    version: Positive
    reason: FormLine = None
    by: FormLine = None


class ApprovalRequest(BaseModel, extra="forbid", strict=True):
    """The reason why a person approves or rejects a candidate."""

    reason: OneLine
    """It is recorded in the decision log."""
    by: FormLine = Field(default=None, description="Your name; it is not verified.")


class PastVersion(BaseModel):
    """A version that is or was in production."""

    registry: Registry
    outcome: Outcome
    restorable: bool = Field(description="Whether the store still has its model.")
    threshold: LabelThreshold | None = Field(
        description="The label is this class if its probability is at least this number. null: it "
        "is the most probable class, or the store no longer has the model."
    )
    positive_class: str | None = Field(
        description="The class that the metric measures, such as f1. null: it measures all, or the "
        "store no longer has the model."
    )


class RegistryHistory(BaseModel):
    """All versions, newest first."""

    versions: list[PastVersion]


class Decisions(BaseModel):
    """A page of the decision log, newest first."""

    decisions: list[Decision]
    before: int | None = Field(description="Value of `before` for the next page; null at the end.")


class CandidateSummary(BaseModel):
    """A candidate in the store."""

    candidate_id: str
    decided: bool
    outcome: Outcome | None
    decision: int | None
    model_name: str | None
    waiting: bool = Field(description="Whether it passed every check and awaits approval.")


class Candidates(BaseModel):
    """All candidates in the store, in order of publication."""

    candidates: list[CandidateSummary]


class Judgement(BaseModel):
    """The result for a candidate that passed every check and awaits approval."""

    since: datetime
    version: int | None = Field(description="Registry version that it was compared with.")
    checks: tuple[CheckResult, ...]
    challenger: float | None = Field(description="Its score on the compared rows.")
    champion: float | None = Field(description="Score of the model in production on these rows.")


class CandidateDetail(BaseModel):
    """The claims of a candidate and the decision on it."""

    candidate_id: str
    manifest: Manifest | None
    manifest_error: str | None = Field(description="Reason why the manifest is missing.")
    decision: Decision | None
    waiting: Judgement | None = Field(description="Its result while it awaits approval.")


class Worker(BaseModel):
    """A worker of the predictor."""

    worker: str
    host: str
    pid: int
    live: bool = Field(
        description="Whether its heartbeat changes, or is not judged yet. A worker is gone when "
        "its heartbeat did not change for five of its intervals, by the gatekeeper's own clock."
    )
    judged: bool = Field(
        description="False while the gatekeeper has not seen the heartbeat change, and has watched "
        "it for less than five intervals, such as after its start."
    )
    beat_at: datetime
    loaded_at: datetime | None
    desired_version: int | None
    serving_version: int | None
    lag: int | None = Field(description="Number of versions that it is behind the registry.")
    last_error: str | None
    quarantined: bool = Field(
        description="Whether the model in production is in quarantine on this worker, after "
        "repeated failures."
    )
    note: str | None = Field(
        description="A remark on its clock, if it is a minute ahead or behind."
    )


class FleetStatus(BaseModel):
    """All workers, and whether the live workers have converged."""

    registry_version: int | None
    live: int
    serving: dict[str, int] = Field(description="Number of live workers by served version.")
    quarantined: int = Field(
        description="Number of live workers on which the model in production is in quarantine."
    )
    converged: bool = Field(description="Whether every live worker serves the registry's version.")
    workers: list[Worker]
    left_out: list[str] = Field(
        description="Sentences that name the heartbeats which are left out, at most 22."
    )
    unusable: int = Field(
        description="Number of heartbeats that are left out because they are invalid or unreadable."
    )
    unread: int = Field(description="Number of older heartbeats beyond the 1,000 that are read.")


class FleetReport(FleetStatus):
    """All workers, and one line about production as a whole."""

    health: HealthLine
    webhooks: list[WebhookStatus] = Field(
        description="The receivers that the notifier sends to, at most 20."
    )
    probation: ProbationStatus | None = Field(
        default=None, description="The version on probation, or null."
    )


class Health(BaseModel):
    """The result of a health probe."""

    status: str
