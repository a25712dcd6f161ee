"""deletions.json: when rows of people were deleted, and how many."""

from typing import Annotated

from pydantic import Field

from shared.contract.document import Document, StrictModel, Time
from shared.contract.field_types import Count

MAX_DELETIONS = 10_000
"""The most entries that are kept; the oldest are left out."""


class Deletion(StrictModel):
    """One use of `make forget`. It says how much was deleted, and not what."""

    at: Time
    rows: Count
    """Rows of the prediction log."""
    labels: Count
    exported_rows: Count
    """Rows of exported tables."""


class Deletions(Document):
    """deletions.json: all deletions, in the order of their times."""

    deletions: Annotated[tuple[Deletion, ...], Field(max_length=MAX_DELETIONS)]
