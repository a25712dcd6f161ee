"""Cut the rows of a JSON body into pieces without decoding them.

A piece is decoded in one call, and between two calls other threads get the interpreter. So a
body is never a list of millions of rows in memory.
"""

import re
from typing import NamedTuple

import msgspec

from predictor.loop_turns import give_turn

PIECE_BYTES = 1 << 16
"""Bytes of JSON decoded in one call."""
_COUNTED_BYTES = 1 << 20
"""Bytes that are searched in one call."""
_SPACE = rb"[ \t\r\n]*"
_SHORT_SPACE = rb"[ \t\r\n]{0,4096}"
"""White space that is searched: there may be megabytes of it."""
_BEGIN = re.compile(
    # The ids may come first. Brackets in them are left to the reader of whole bodies.
    rb'S\{S(?:"ids"S:S\[[^\]]*\]S,S)?"instances"S:S\[S(?=[\[{])'.replace(b"S", _SHORT_SPACE)
)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NAMES = msgspec.json.Decoder(list[dict[str, msgspec.Raw] | list[msgspec.Raw]])
_NEXT = re.compile(_SPACE + rb"," + _SPACE)


class Span(NamedTuple):
    """The place of the rows in a body: the bytes between the brackets of `instances`."""

    start: int
    end: int


def find_rows(body: bytes) -> Span | None:
    """Return where the rows of *body* probably are; None if it does not begin like many rows.

    The end is a guess: the last bracket before the ids, or of the body. A wrong guess makes a
    piece that is not JSON.
    """
    begin = _BEGIN.match(body)
    if begin is None:
        return None
    start = begin.end()
    end = _find_end(body, start, len(body))
    if body[end - 1 : end] not in (b"]", b"}"):  # a long search: only if ids may follow
        ids = body.rfind(b'"ids"', start)
        end = _find_end(body, start, ids if ids >= 0 else len(body))
    return Span(start, end) if end > start else None


def _find_end(body: bytes, start: int, end: int) -> int:
    """Return the end of what is before the last bracket, without white space; *start* if none."""
    return _skip_space_before(body, start, max(start, body.rfind(b"]", start, end)))


def _skip_space_before(body: bytes, start: int, end: int) -> int:
    """Return the end of what is not white space in body[start:end], without a copy of it."""
    while end > start:
        tail = body[max(start, end - PIECE_BYTES) : end]
        kept = len(tail.rstrip(b" \t\r\n"))
        end -= len(tail) - kept
        if kept:
            break
    return end


def find_cut(body: bytes, at: int, size: int, end: int) -> int:
    """Return the end of the rows from *at* that take at least *size* bytes; at most *end*.

    A cut is after a row and before a comma. It may be in a string: then the piece is not JSON.
    """
    closing = b"]" if body[at : at + 1] == b"[" else b"}"
    cut = at + size
    while (cut := body.find(closing, cut, end)) >= 0:
        cut += 1
        following = _NEXT.match(body, cut, end)
        if following and body[following.end() : following.end() + 1] in (b"[", b"{"):
            return cut
    return end


def find_next_row(body: bytes, end: int) -> int:
    """Return the start of the row after the comma that follows *end*; *end* without a comma."""
    following = _NEXT.match(body, end)
    return following.end() if following else end


def has_more(body: bytes, most: int, *signs: bytes) -> bool:
    """Report whether *body* contains *signs* more than *most* times."""
    found = 0
    for start in range(0, len(body), _COUNTED_BYTES):
        found += sum(body.count(sign, start, start + _COUNTED_BYTES) for sign in signs)
        if found > most:
            return True
        give_turn()
    return False


def has_unique_names(text: bytes) -> bool:
    """Report whether no row in the JSON list *text* has a name twice; msgspec keeps the last one.

    This is exact, and slower than a count of all colons.
    """
    names = sum(len(row) for row in _NAMES.decode(text) if isinstance(row, dict))
    return _STRING.sub(b"", text).count(b":") == names
