"""The ids that are deleted, and the lines that contain one of them."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from shared.errors import DeletionError
from shared.prediction_log.logged_row import MAX_ID_CHARACTERS

_MAX_IDS_BYTES = 64 << 20
_STRING = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")


class _Head(msgspec.Struct):
    """The only field of a line by which it is found."""

    id: str


_HEADS = msgspec.json.Decoder(_Head)


@dataclass(frozen=True)
class Scan:
    """The result of looking for the ids in the lines of one file."""

    kept: bytes
    """The whole lines that stay."""
    found: int
    """The number of lines that are deleted."""
    of_requests: int
    """Lines that stay, whose id is that of a row of a request with such an id."""


class WantedIds:
    """The ids of rows, or of requests with several rows."""

    def __init__(self, ids: Iterable[str], *, of_requests: bool = False) -> None:
        """Keep the ids; *of_requests* adds all rows of requests with such ids.

        Raises DeletionError if there is no id, or one that is too long or empty.
        """
        self._ids = frozenset(ids)
        self._of_requests = of_requests
        if not self._ids:
            raise DeletionError("No id was given. Set it: make forget ID=… or IDS=file")
        for each in self._ids:
            if not 1 <= len(each) <= MAX_ID_CHARACTERS:
                raise DeletionError(
                    f"An id has {len(each)} characters; expected 1 to {MAX_ID_CHARACTERS}."
                )
        spellings = (json.dumps(each, ensure_ascii=False)[1:-1] for each in self._ids)
        self._spellings = frozenset(each.encode(errors="surrogatepass") for each in spellings)

    def __len__(self) -> int:
        """Return the number of ids."""
        return len(self._ids)

    def has(self, row_id: str) -> bool:
        """Say whether the row or label with *row_id* is deleted."""
        return row_id in self._ids or (self._of_requests and self._is_of_request(row_id))

    def scan(self, data: bytes) -> Scan:
        """Look for the ids in the lines of *data*.

        An invalid line is deleted if it contains an id in any spelling: nobody can use it. So is
        each unfinished line at the end.
        """
        *lines, tail = data.split(b"\n")
        kept = []
        found = int(bool(tail) and self._is_in_invalid(tail))
        of_requests = 0
        for line in lines:
            row_id = _read_id(line)
            if self._is_in_invalid(line) if row_id is None else self.has(row_id):
                found += 1
                continue
            kept.append(line + b"\n")
            of_requests += row_id is not None and self._is_of_request(row_id)
        return Scan(b"".join(kept), found, of_requests)

    def count_mentions(self, kept: bytes) -> int:
        """Count the lines of *kept* with a string that is spelled like an id.

        Its time does not grow with the number of ids.
        """
        found = map(self._spellings.isdisjoint, map(_find_strings, kept.split(b"\n")))
        return sum(not is_disjoint for is_disjoint in found)

    def _is_of_request(self, row_id: str) -> bool:
        request, _, number = row_id.rpartition("/")
        return request in self._ids and number.isdecimal()

    def _is_in_invalid(self, line: bytes) -> bool:
        text = line.decode(errors="replace")
        plain = _ESCAPE.sub(_unescape, text)
        return any(each in text or each in plain for each in self._ids)


def read_ids_file(path: Path) -> list[str]:
    """Return the ids in a file; raise DeletionError, also if the file cannot be read."""
    try:
        with path.open("rb") as file:
            return parse_ids(file.read(_MAX_IDS_BYTES + 1), str(path))
    except OSError as error:
        raise DeletionError(
            f"The ids in {path} cannot be read: {error.strerror}. Name a file: IDS=…"
        ) from error


def parse_ids(data: bytes, name: str) -> list[str]:
    """Return the ids in *data*, which errors call *name*.

    Each line is an id, or a JSON string for an id with line breaks or white space around it.

    Raises DeletionError if *data* is too long, or a line is ambiguous.
    """
    if len(data) > _MAX_IDS_BYTES:
        raise DeletionError(f"{name} has more than {_MAX_IDS_BYTES} bytes. Split it.")
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise DeletionError(f"{name} is not in UTF-8. Write one id on each line.") from error
    return [_parse_id(line, number, name) for number, line in enumerate(lines, 1) if line]


def _parse_id(line: str, number: int, name: str) -> str:
    if line != line.strip() or "\r" in line:
        raise DeletionError(
            f"Line {number} of {name} begins or ends with white space, or contains a carriage "
            "return. Remove it. If it belongs to the id, write the id as a JSON string."
        )
    if not line.startswith('"'):
        return line
    try:
        found = json.loads(line)
    except ValueError as error:
        raise DeletionError(
            f"Line {number} of {name} begins with a quotation mark, but is not a JSON string. "
            "Write an id that begins with one as a JSON string."
        ) from error
    return str(found)


def _read_id(line: bytes) -> str | None:
    try:
        return _HEADS.decode(line).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _find_strings(line: bytes) -> list[bytes]:
    """Return the JSON strings of a line, as they are spelled."""
    return _STRING.findall(line) if b"\\" in line else line.split(b'"')[1::2]


def _unescape(match: "re.Match[str]") -> str:
    simple = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
    return chr(int(match[1], 16)) if match[1] else simple.get(match[2], match[2])
