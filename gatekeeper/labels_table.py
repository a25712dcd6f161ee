"""Open a table of labels as text, and give it commas between its columns."""

import csv
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from shared.errors import ClientError, TableFormError
from shared.table_form.csv_form import CsvForm, FormChoice, find_form
from shared.table_form.encodings import UTF_8
from shared.table_form.file_kinds import HEAD_BYTES, find_kind

_REASONS = {
    "unexpected end": "a cell in quotes does not end. Add the closing quote",
    "expected after": 'a quote is within a cell in quotes. Write it as ""',
    "field larger": "a cell is too long. Perhaps its closing quote is missing",
}
"""Our words for a sentence of the csv module that contains the key."""


class LabelsTable(NamedTuple):
    """A table of labels."""

    lines: Iterator[str]
    """Its lines, with commas between the columns."""
    skipped: int
    """The lines of the file before them."""


@contextmanager
def open_labels(name: str) -> Iterator[LabelsTable]:
    """Open a file, or standard input for `-`, in the form that its first bytes show.

    Raises ClientError for a file that is not a table, and for one with several readings.
    """
    with _open(name) as raw:
        buffered = io.BufferedReader(raw, HEAD_BYTES)
        form = _look(name, buffered.peek(HEAD_BYTES)[:HEAD_BYTES])
        encoding = "utf-8-sig" if form.encoding == UTF_8 else form.encoding
        with io.TextIOWrapper(buffered, encoding=encoding, newline="") as text:
            for _ in range(form.skipped):
                text.readline()
            lines = iter(text) if form.separator == "," else _add_commas(text, form.separator)
            yield LabelsTable(lines, form.skipped)


def explain_csv(name: str, error: csv.Error) -> ClientError:
    """Return the error about a file that is not CSV."""
    reason = next((text for key, text in _REASONS.items() if key in str(error)), "")
    return ClientError(
        f"{name} is not CSV: {reason or 'its quotes or line ends are wrong. Write it again'}."
    )


@contextmanager
def _open(name: str) -> Iterator[Any]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb", buffering=0) as file:
        yield file


def _look(name: str, head: bytes) -> CsvForm:
    kind = find_kind(head)
    if kind is not None:
        raise ClientError(f"{name} is {kind.name}, not a table of labels. {kind.advice}")
    try:
        return find_form(head, FormChoice(), is_whole=len(head) < HEAD_BYTES)[0]
    except TableFormError as error:
        raise ClientError(f"{name} {error} Save it as UTF-8 with commas.") from error


def _add_commas(text: IO[str], separator: str) -> Iterator[str]:
    """Yield the lines of a table with commas; each row keeps its number of lines."""
    for row in csv.reader(text, delimiter=separator, strict=True):
        written = io.StringIO(newline="")
        csv.writer(written, lineterminator="\n").writerow(row)
        yield from re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", written.getvalue())
