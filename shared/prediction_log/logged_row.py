"""predictions/<worker>/<n>.jsonl: one line for each logged row."""

from datetime import UTC, datetime
from typing import Annotated, TypeAlias

import msgspec

MAX_ID_CHARACTERS = 160
"""The most characters of an id: 128 of the client, and the number of a row."""

Value: TypeAlias = int | float | bool | str | None
"""One value of a row."""
RowId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)]
Version: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
UtcTime: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class LoggedAnswer(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The prediction for a row, as in the answer to a request with one row."""

    prediction: int | float
    """The index of a class, or the number of a regressor."""
    label: str | None = None
    probabilities: dict[str, float] | None = None
    """The probability of each class, in the artefact's order."""


class LoggedRow(msgspec.Struct, frozen=True, gc=False):
    """A row that a version answered."""

    id: RowId
    time: UtcTime
    version: Version
    features: dict[str, Value]
    """The values by name; omitted columns are missing."""
    answer: LoggedAnswer


_DECODER = msgspec.json.Decoder(LoggedRow)
_ENCODER = msgspec.json.Encoder()


def encode_row(row: LoggedRow) -> bytes:
    """Return the line of *row*, with its newline."""
    return _ENCODER.encode(row) + b"\n"


def decode_row(line: bytes) -> LoggedRow | None:
    """Return the row on *line*; None if the line is not one."""
    try:
        row = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return row if row.time.utcoffset() == UTC.utcoffset(None) else None
