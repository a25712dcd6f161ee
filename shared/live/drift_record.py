"""drift.json: what the gatekeeper found when it compared production with the reference."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.contract.document import Document, Finite, StrictModel, Time, is_none
from shared.contract.field_types import Count

MAX_DRIFT_BYTES = 16 << 20
"""The largest drift.json that is read."""
MAX_EVENTS = 1000
"""The most events that are kept; the oldest are left out."""

_Number = Annotated[int, Field(ge=1, le=2**53 - 1)]


class DriftedPart(StrictModel):
    """A feature, its missing share, its unseen categories, or the predictions, with their drift."""

    part: Literal["values", "missing", "unseen", "predictions", "probabilities"]
    feature: str | None
    """The name of the feature; None for predictions and probabilities."""
    stability_index: Annotated[Finite, Field(ge=0)]
    """The population stability index between reference and production, less what chance adds."""
    p_value: Annotated[Finite, Field(ge=0, le=1)]
    """Before the correction for the number of comparisons."""
    rows: Count
    since: Time
    seen_at: Time | None = Field(default=None, exclude_if=is_none)
    """When the difference was last found; the drift ends some time after it."""


class DriftEvent(StrictModel):
    """The beginning or the end of a drift; numbers begin at 1 and have no gap."""

    number: _Number
    kind: Literal["began", "ended"]
    at: Time
    version: _Number
    features: tuple[str, ...]
    """The features that began or ended to drift."""
    predictions: bool
    """Whether the predictions began or ended to drift."""


class DriftRecord(Document):
    """drift.json: the state of drift, and its last events."""

    checked_at: Time
    version: _Number | None
    """The version that was compared; None if nothing is in production."""
    not_checked: str | None
    """Why nothing was compared, in words; None if the comparison was made."""
    drifted: tuple[DriftedPart, ...]
    events: Annotated[tuple[DriftEvent, ...], Field(max_length=MAX_EVENTS)]
    """In ascending order of their numbers."""


def find_events_after(
    events: Sequence[DriftEvent], number: int, at: datetime | None
) -> tuple[DriftEvent, ...]:
    """Return the events after the one with this number and time; all of them after 0 and None.

    A file without that event was begun again: then times decide, if its time is known.
    """
    is_other = at is not None and any(each.number == number and each.at != at for each in events)
    if is_other or (events and events[-1].number < number):
        return tuple(each for each in events if at is None or each.at > at)
    return tuple(each for each in events if each.number > number)
