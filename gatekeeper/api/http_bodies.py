"""The bodies that the API answers with, beside the documents of the store itself."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from shared.contract.document import Positive
from shared.contract.documents import CheckResult, Decision, Manifest, Outcome, Registry


def _parse_iso_8601(value: object) -> object:
    """Only ISO 8601: pydantic alone would take a bare number for seconds too."""
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


class RegistryQuery(BaseModel):
    """When to look at the registry."""

    model_config = ConfigDict(extra="forbid")

    at: Moment | None = Field(default=None, description="ISO 8601 with an offset; now without it.")


class DecisionsQuery(BaseModel):
    """Which decisions to show."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome | None = Field(default=None, description="Only decisions of this outcome.")
    limit: int = Field(default=100, ge=1, le=1000, description="At most so many.")
    before: Positive | None = Field(default=None, description="Only those with a lower number.")


def _as_json_counts(value: object) -> object:
    """JSON has one kind of number: 3.0 is as whole as 3, and the API's document says `integer`."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class RollbackRequest(BaseModel):
    """Which version is to be in production again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Annotated[Positive, BeforeValidator(_as_json_counts)]


class RollbackForm(BaseModel):
    """The same, as a page's form has it: text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    version: Positive


class ApprovalRequest(BaseModel):
    """Why a person approves or rejects a candidate."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[
        str,
        Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"),
    ]
    """One line, which stays in the decision log."""


class PastVersion(BaseModel):
    """One version that was, or is, in production."""

    registry: Registry
    outcome: Outcome
    restorable: bool = Field(description="Whether its model is still on the store.")


class RegistryHistory(BaseModel):
    """Every version, newest first."""

    versions: list[PastVersion]


class Decisions(BaseModel):
    """A part of the decision log, newest first."""

    decisions: list[Decision]
    before: int | None = Field(description="Ask for the next part with this; null at the end.")


class CandidateSummary(BaseModel):
    """One candidate on the store."""

    candidate_id: str
    decided: bool
    outcome: Outcome | None
    decision: int | None
    model_name: str | None
    waiting: bool = Field(description="Whether it passed every check and waits for approval.")


class Candidates(BaseModel):
    """All candidates on the store, in order of publication."""

    candidates: list[CandidateSummary]


class Judgement(BaseModel):
    """Of a candidate that passed every check and waits for approval."""

    since: datetime
    version: int | None = Field(description="The registry version beside which it was judged.")
    checks: tuple[CheckResult, ...]
    challenger: float | None = Field(description="Its score, on the rows that are compared.")
    champion: float | None = Field(description="Production's score on the same rows.")


class CandidateDetail(BaseModel):
    """What a candidate claims, and what was decided."""

    candidate_id: str
    manifest: Manifest | None
    manifest_error: str | None = Field(description="Why there is no manifest to show.")
    decision: Decision | None
    waiting: Judgement | None = Field(description="How it was judged, while it waits for approval.")


class Worker(BaseModel):
    """One worker of the predictor."""

    worker: str
    host: str
    pid: int
    live: bool = Field(description="Whether its last heartbeat is recent.")
    beat_at: datetime
    loaded_at: datetime | None
    desired_version: int | None
    serving_version: int | None
    lag: int | None = Field(description="How many versions it is behind the registry.")
    last_error: str | None


class FleetStatus(BaseModel):
    """All workers, and how far the live ones are."""

    registry_version: int | None
    live: int
    serving: dict[str, int] = Field(description="How many live workers serve each version.")
    converged: bool = Field(description="Whether every live worker serves the registry's version.")
    workers: list[Worker]


class Health(BaseModel):
    """The answer of a probe."""

    status: str
