"""Labels as CSV: a header that names the columns, in any order, and one label on each line.

Blanks at the ends of ids and labels are removed, as the trainer removes them from a table.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gatekeeper.feedback.received_label import MAX_LABELS, ReceivedLabel, check_label
from shared.errors import InvalidFeedbackError, TooManyLabelsError
from shared.inference.text_form import normalise_text
from shared.text import shorten, to_printable


class ColumnNames(NamedTuple):
    """The names of the user's own columns, as the newest manifest has them; None if unknown."""

    row_key: str | None
    target: str | None


def parse_csv(data: bytes, names: ColumnNames) -> list[ReceivedLabel]:
    """Return the labels of a body in UTF-8; other columns are left out.

    Raises:
        TooManyLabelsError: It has more than MAX_LABELS lines.
        InvalidFeedbackError: A column is missing or a line is wrong; the message names the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidFeedbackError(f"Line {line} is not UTF-8. Save the file as UTF-8.") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    labels = list[ReceivedLabel]()
    try:
        header = next(reader, None)
        if header is None:
            raise InvalidFeedbackError("The body is empty; expected a header such as `id,label`.")
        ids = _find(header, "id", ("id", "key", names.row_key))
        values = _find(header, "label", ("label", names.target))
        for fields in _lines(reader):
            place = f"Line {reader.line_num}"
            if len(fields) != len(header):
                raise InvalidFeedbackError(
                    f"{place} does not fit the header: its number of fields is {len(fields)}; "
                    f"expected {len(header)}."
                )
            if len(labels) == MAX_LABELS:
                raise TooManyLabelsError(
                    f"The body has more than {MAX_LABELS} labels. Send it in parts, as "
                    "`make feedback` does."
                )
            labels.append(check_label(place, fields[ids].strip(), fields[values].strip()))
    except csv.Error as error:
        raise InvalidFeedbackError(
            f"Line {reader.line_num} is not CSV: {error}. Put fields with quotes, commas or line "
            'breaks into quotes, and write a quote in them as "".'
        ) from error
    return labels


def _lines(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield all lines that are not empty."""
    return filter(None, reader)


def _find(header: Sequence[str], what: str, allowed: Sequence[str | None]) -> int:
    """Return the index of the only column with one of the *allowed* names."""
    known = list(dict.fromkeys(name for name in allowed if name))
    forms = set(map(normalise_text, known))
    found = [index for index, name in enumerate(header) if normalise_text(name) in forms]
    if len(found) == 1:
        return found[0]
    columns = shorten(to_printable(", ".join(header)), 200)
    expected = " or ".join(f"`{to_printable(name)}`" for name in known)
    problem = "no column" if not found else "several columns"
    raise InvalidFeedbackError(
        f"The header has {problem} for the {what}: {columns}. Expected one of {expected}, and "
        "commas between the columns."
    )
