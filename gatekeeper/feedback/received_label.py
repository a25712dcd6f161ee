"""One label of a request, after it was checked."""

import math
from datetime import UTC, datetime
from typing import NamedTuple

from shared.errors import InvalidFeedbackError
from shared.prediction_log.label import Label, LabelValue, decode_label, encode_label
from shared.prediction_log.logged_row import MAX_ID_CHARACTERS
from shared.text import shorten, to_printable

MAX_LABELS = 100_000
"""The most labels of one request."""
MAX_LABEL_CHARACTERS = 1000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class ReceivedLabel(NamedTuple):
    """A label of a request."""

    id: str
    value: LabelValue


def check_label(place: str, found_id: object, value: object) -> ReceivedLabel:
    """Return the label at *place*, such as `Line 3`; raise InvalidFeedbackError if it is wrong."""
    if not isinstance(found_id, str) or not 1 <= len(found_id) <= MAX_ID_CHARACTERS:
        raise InvalidFeedbackError(
            f"{place}: the id is {_show(found_id)}; expected a string of 1 to "
            f"{MAX_ID_CHARACTERS} characters."
        )
    if not isinstance(value, str | bool | int | float) or value == "":
        raise InvalidFeedbackError(
            f"{place}: the label is {_show(value)}; expected a string, a finite number, true or "
            "false. Leave out rows whose label is not known yet."
        )
    if isinstance(value, str) and len(value) > MAX_LABEL_CHARACTERS:
        raise InvalidFeedbackError(
            f"{place}: the label has {len(value)} characters; at most {MAX_LABEL_CHARACTERS} are "
            "allowed."
        )
    if not _can_be_read_again(found_id, value):
        raise InvalidFeedbackError(
            f"{place}: the label {_show(value)} of the id {_show(found_id)} cannot be kept; "
            "expected Unicode text, or a finite number."
        )
    return ReceivedLabel(found_id, value)


def name_meaning(value: LabelValue) -> str:
    """Return a text that labels with the same meaning share: 1, 1.0 and the string `1`."""
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in {"true", "false"}):
        return str(value).lower()
    try:
        number = float(value) if not (isinstance(value, str) and "_" in value) else math.nan
    except (ValueError, OverflowError):
        return str(value)
    return repr(number) if math.isfinite(number) else str(value)


def _can_be_read_again(found_id: str, value: LabelValue) -> bool:
    label = Label(found_id, value, _NOW)
    try:
        found = decode_label(encode_label(label))
    except (UnicodeEncodeError, OverflowError):
        return False
    return found == label


def _show(value: object) -> str:
    return to_printable(shorten("null" if value is None else repr(value), 60))
