"""The strings of a request that are not categories: rows have only a code."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from predictor.codec.input_schema import InputSchema
from predictor.codec.row_pieces import PIECE_BYTES, Span, find_cut, find_next_row, find_rows
from predictor.codec.strict_json import decode, decode_key, decode_value, skip_space
from predictor.loop_turns import give_turn
from predictor.prediction_log.answered_rows import Place
from shared.inference.feature_encoding import UNSEEN


class _Body(msgspec.Struct):
    """The rows of a body; a row is decoded only if it is needed."""

    features: msgspec.Raw = msgspec.Raw()
    instances: list[msgspec.Raw] = []


_BODY = msgspec.json.Decoder(_Body)
_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_REPLACEMENT = "\ufffd"
_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class SentRows:
    """The rows in the body of a valid POST /predict, read once and in their order."""

    def __init__(self, body: bytes, schema: InputSchema) -> None:
        self._body = body
        self._schema = schema
        self._rows: Iterator[tuple[int, Any]] | None = None

    def find_strings(self, places: Sequence[Place]) -> list[str]:
        """Return the strings at *places*, whose rows come after those of the last call."""
        if self._rows is None:
            self._rows = enumerate(_read_rows(self._body))
        strings: list[str] = []
        for number, group in groupby(places, key=_get_row):
            row = _decode_row(next(row for at, row in self._rows if at == number))
            strings += [_find_value(row, column, self._schema) for _, column in group]
            give_turn()
        return strings


def find_in_bodies(
    bodies: Sequence[bytes], schema: InputSchema, places: Sequence[Place]
) -> list[str]:
    """Return the strings at *places*; each of the *bodies* is a request with one row."""
    strings: list[str] = []
    for number, group in groupby(places, key=_get_row):
        row = SentRows(bodies[number], schema)
        strings += row.find_strings([(0, column) for _, column in group])
    return strings


def to_unicode(text: str, codes: Mapping[Any, float]) -> str:
    """Replace halves of surrogate pairs, which JSON can have and UTF-8 cannot.

    The string is not one of the *codes*, and does not become one.
    """
    if text.isascii():
        return text
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    while _REPLACEMENT in text and codes[text] != UNSEEN:
        text += _REPLACEMENT
    return text


def _get_row(place: Place) -> int:
    return place[0]


def _read_rows(body: bytes) -> Iterator[Any]:
    """Return the rows of *body*, most of them not decoded."""
    span = find_rows(body) if len(body) > PIECE_BYTES else None
    if span is not None:
        return _read_pieces(body, span)
    try:
        content = _BODY.decode(body)
    except _ERRORS:  # such as half of a surrogate pair
        return _decode_rows(body.decode())
    return iter(content.instances or [content.features])


def _read_pieces(body: bytes, span: Span) -> Iterator[Any]:
    """Read many rows piece by piece. From a piece that is not plain, decode row by row."""
    at = span.start
    while at < span.end:
        end = find_cut(body, at, PIECE_BYTES, span.end)
        try:
            rows = _ROWS.decode(b"[%b]" % body[at:end])
        except _ERRORS:
            break
        yield from rows
        at = find_next_row(body, end)
    yield from _decode_list(body[at:].decode(), 0)


def _decode_rows(text: str) -> Iterator[Any]:
    """Decode the rows of the valid body *text* one by one."""
    key, at = decode_key(text, skip_space(text, skip_space(text, 0) + 1))
    while key not in {"features", "instances"}:
        end = skip_space(text, decode_value(text, at)[1])
        key, at = decode_key(text, skip_space(text, end + 1))
    return iter([decode_value(text, at)[0]]) if key == "features" else _decode_list(text, at + 1)


def _decode_list(text: str, at: int) -> Iterator[Any]:
    """Decode the rows from *at* to the end of their list, one by one."""
    at = skip_space(text, at)
    while text[at] != "]":
        row, end = decode_value(text, at)
        yield row
        give_turn()
        at = skip_space(text, end)
        if text[at] == ",":
            at = skip_space(text, at + 1)


def _decode_row(row: Any) -> Any:
    if not isinstance(row, msgspec.Raw):
        return row
    try:
        return msgspec.json.decode(row)
    except _ERRORS:  # such as an infinite number in a column that is ignored
        return decode(bytes(row).decode())


def _find_value(row: Any, column: int, schema: InputSchema) -> str:
    if isinstance(row, dict):
        name = schema.features[column].name
        if name not in row:
            name = next(each for each in row if schema.names.find(each) == column)
        return str(row[name])
    return str(row[column])
