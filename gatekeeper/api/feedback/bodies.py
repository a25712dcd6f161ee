"""The bodies of requests and answers with labels."""

from typing import Annotated

from pydantic import BaseModel, Field

from gatekeeper.feedback.feedback import FeedbackCounts
from gatekeeper.feedback.received_label import MAX_LABEL_CHARACTERS
from shared.prediction_log.logged_row import MAX_ID_CHARACTERS

_Text = Annotated[str, Field(min_length=1, max_length=MAX_LABEL_CHARACTERS)]
_NOT_KNOWN = "null: the earlier labels are not all read yet."


class LabelEntry(BaseModel, extra="forbid"):
    """A label in the document of the API: one entry of the list."""

    id: str = Field(
        min_length=1,
        max_length=MAX_ID_CHARACTERS,
        description="The id of the answer. Instead of it, `key` may have the value of the row key "
        "that the client sent as id.",
    )
    label: _Text | float | bool = Field(
        description="What turned out to be true: a class, or the number of a regression."
    )


class FeedbackAnswer(BaseModel):
    """The counts of the labels of a request. All of them are durable."""

    received: int = Field(description="Number of labels in the request.")
    new: int | None = Field(description=f"Labels of ids without an earlier label. {_NOT_KNOWN}")
    replaced: int | None = Field(
        description=f"Labels of ids with an earlier one, which they replace. {_NOT_KNOWN}"
    )
    contradicting: int | None = Field(
        description=f"Those of the replacing labels that have another value. {_NOT_KNOWN}"
    )
    unknown: int | None = Field(
        description="Labels of ids that no published logged row has. They are kept: the row may be "
        "published later. null: the ids of the rows are not all read yet."
    )

    @classmethod
    def of(cls, counts: FeedbackCounts) -> "FeedbackAnswer":
        """Return the answer with *counts*."""
        return cls.model_validate(counts, from_attributes=True)
