"""feedback/<n>.jsonl: one line for each label that the gatekeeper was sent."""

import math
from datetime import UTC
from typing import TypeAlias

import msgspec

from shared.prediction_log.logged_row import RowId, UtcTime

LabelValue: TypeAlias = str | bool | int | float
"""A class, or the number of a regressor."""


class Label(msgspec.Struct, frozen=True):
    """The true value for the logged rows with an id."""

    id: RowId
    label: LabelValue
    received_at: UtcTime


_DECODER = msgspec.json.Decoder(Label)
_ENCODER = msgspec.json.Encoder()


def encode_label(label: Label) -> bytes:
    """Return the line of *label*, with its newline."""
    return _ENCODER.encode(label) + b"\n"


def decode_label(line: bytes) -> Label | None:
    """Return the label on *line*; None if the line is not one."""
    try:
        found = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    is_finite = not isinstance(found.label, float) or math.isfinite(found.label)
    return found if is_finite and found.received_at.utcoffset() == UTC.utcoffset(None) else None
