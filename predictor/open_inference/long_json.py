"""Take the data of the inputs out of a long request, so that its rest is decoded quickly.

The decoder holds the interpreter while it skips megabytes, also those of an unknown key. In a
right request only the lists `data` are long. They are cut out in pieces, and the rest has a limit.
"""

import re
import secrets
from collections.abc import Sequence

from predictor.loop_turns import give_turn
from shared.errors import InputError

REST_BYTES = 1 << 20
"""The most bytes of JSON that are not data of an input."""
_ROW_BYTES = 1 << 20
"""The most bytes of a value or row, and of what is searched in one call."""
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_VALUES = rb'(?:[^"\[\]]++|%b)' % _STRING
# Flat values, and rows of them. One call matches some hundred: between two, others get a turn.
_ITEMS = re.compile(rb"(?:%b|\[%b*+\]){0,512}+" % (_VALUES, _VALUES), re.DOTALL)
_DATA = re.compile(rb'"data"[ \t\r\n]*+:[ \t\r\n]*+\[')
_MARK = secrets.token_hex(16)
"""The placeholder of data. No client knows it, so none can send one."""


def take_data(text: bytes) -> tuple[bytes, Sequence[memoryview]]:
    """Return *text* with a placeholder for each list `data`, and these lists.

    Nothing is taken out of a short *text*. Raises InputError if the rest is long, or if a list does
    not end.
    """
    if len(text) <= REST_BYTES:
        return text, ()
    kept: list[bytes] = []
    lists: list[memoryview] = []
    at, left = 0, REST_BYTES
    while found := _DATA.search(text, at, at + left):
        start = found.end() - 1
        end = _find_end(text, start)
        kept += text[at:start], b'"%b%d"' % (_MARK.encode(), len(lists))
        lists.append(memoryview(text)[start:end])
        left -= len(kept[-2]) + len(kept[-1])
        at = end
    if len(text) - at > left:
        raise InputError(
            "invalid_request",
            f"The JSON must have at most {REST_BYTES} bytes besides the data of the inputs; "
            "found more. If binary data follows the JSON, the header "
            "Inference-Header-Content-Length must give the size of the JSON.",
        )
    return b"".join([*kept, text[at:]]), lists


def find_placeholder(value: bytes) -> int | None:
    """Return the index of the list whose placeholder is the JSON *value*; None for others."""
    mark = value[1:-1].decode("ascii", "replace")
    return int(mark.removeprefix(_MARK)) if mark.startswith(_MARK) else None


def _find_end(text: bytes, start: int) -> int:
    """Return the end of the list that begins at *start*. Raises InputError if it has none."""
    at = start + 1
    while not text.startswith(b"]", at):
        give_turn()
        found = _ITEMS.match(text, at, at + _ROW_BYTES)
        if found is None or found.end() == at:
            raise InputError(
                "invalid_request",
                "The data of an input must be a list, flat or by row; found a list in a row, a "
                f"value or row of more than {_ROW_BYTES} bytes, or no end of the list.",
            )
        at = found.end()
    return at + 1
