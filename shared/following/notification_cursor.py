"""notifications/<receiver>.json: what one receiver of webhooks was sent, and what comes next.

The event that is sent next is in the file before it is sent first. So a killed notifier sends the
same event with the same id again.
"""

from typing import Annotated, Any

from pydantic import Field

from shared.contract.document import Document, StrictModel, Time
from shared.contract.field_types import CandidateId, Count
from shared.contract.layout import RECEIVER, StoreLayout
from shared.errors import DocumentError
from shared.following.log_tail import LogPosition
from shared.store.durable_write import replace_file
from shared.store.verified_read import read_document
from shared.volume.fresh_names import list_directory

MAX_CURSOR_BYTES = 1 << 20
"""The largest cursor that is read."""
MAX_TEXT_CHARACTERS = 2000
"""Most characters of an event's text, and of an error in a cursor."""
_SUFFIX = ".json"

_Version = Annotated[int, Field(ge=1, le=2**53 - 1)]
_Text = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]
ReceiverName = Annotated[str, Field(pattern=f"^{RECEIVER.pattern}$")]


class DriftPosition(StrictModel):
    """The last event of drift.json that a receiver has passed; 0 and None before the first."""

    number: Count
    at: Time | None


class Event(StrictModel):
    """A message to a receiver. Its id and content are the same each time that it is sent."""

    id: Annotated[str, Field(min_length=1, max_length=128)]
    type: Annotated[str, Field(min_length=1, max_length=64)]
    at: Time
    """The time at which it happened."""
    text: _Text
    """One or more sentences for people."""
    data: dict[str, Any]


class NotificationCursor(Document):
    """notifications/<receiver>.json."""

    receiver: ReceiverName
    log: LogPosition
    drift: DriftPosition
    awaiting: tuple[CandidateId, ...]
    """The candidates without a decision whose wait for approval was an event."""
    failing_version: _Version | None
    """The version that workers cannot load, once that was an event; None after it is over."""
    pending: Event | None
    """The event that is sent next."""
    delivered: Count
    failed_attempts: Count
    given_up: Count
    failing_since: Time | None
    """The time of the first failed attempt since the last delivery."""
    last_error: _Text | None


class NotificationCursors:
    """The cursors of all receivers, for their writer and for readers."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def read(self, receiver: str) -> NotificationCursor | None:
        """Return the cursor of a receiver, or None without one. Raises StoreError or OSError."""
        path = self._layout.notification_cursor(receiver)
        try:
            data = read_document(path, max_bytes=MAX_CURSOR_BYTES)
        except FileNotFoundError:
            return None
        cursor = NotificationCursor.decode(data, path)
        if cursor.receiver != receiver:
            raise DocumentError(f"{path} is the cursor of {cursor.receiver}.")
        return cursor

    def write(self, cursor: NotificationCursor) -> None:
        """Replace the cursor of a receiver, durably. Raises StoreWriteError."""
        replace_file(self._layout.notification_cursor(cursor.receiver), cursor.encode())

    def remove(self, receiver: str) -> None:
        """Delete the cursor of a receiver that is not configured any more."""
        self._layout.notification_cursor(receiver).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """List the receivers that have a cursor, in the order of their names."""
        try:
            names = list_directory(self._layout.notifications)
        except (FileNotFoundError, NotADirectoryError):
            return []
        stems = (name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))
        return sorted(stem for stem in stems if RECEIVER.fullmatch(stem))
