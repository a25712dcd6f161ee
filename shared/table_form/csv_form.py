"""Find out how a CSV file is written, from its first bytes."""

import re
from dataclasses import dataclass

from shared.table_form.encodings import UTF_8, find_encoding, name_encoding
from shared.table_form.separators import SEPARATORS, Rows, find_separator, split_rows

_SAMPLE = 1 << 18
"""Characters that are looked at for a separator."""
_EXCEL = re.compile(r'\ufeff?"?sep=(.)"?[ \t]*\r?(\n|$)', re.IGNORECASE)
"""The first line by which Excel learns the separator."""


@dataclass(frozen=True)
class CsvForm:
    """The encoding and the separator of a CSV file, and where its names are."""

    encoding: str = UTF_8
    """Python's name of it."""
    separator: str = ","
    skipped: int = 0
    """Lines before the names."""

    def describe(self) -> str:
        """Describe what differs from a CSV file in UTF-8 with commas; empty for no difference."""
        parts = [
            f"{SEPARATORS.get(self.separator, repr(self.separator))} between columns"
            * (self.separator != ","),
            f"encoding {name_encoding(self.encoding)}" * (self.encoding != UTF_8),
            f"names in line {self.skipped + 1}" * (self.skipped > 0),
        ]
        return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class FormChoice:
    """The form as a person chose it; None is found by looking."""

    encoding: str | None = None
    separator: str | None = None
    skipped: int | None = None


def find_form(head: bytes, choice: FormChoice, *, is_whole: bool) -> tuple[CsvForm, Rows]:
    """Return the form of a file that begins with *head*, and its first rows.

    Raises TableFormError if it is not clear.
    """
    encoding = choice.encoding or find_encoding(head)
    text = head.decode(encoding, errors="ignore")
    is_whole = is_whole and len(text) <= _SAMPLE
    text = text[:_SAMPLE].removeprefix("\ufeff")
    separator, skipped = choice.separator, choice.skipped or 0
    if skipped:
        text = "".join(text.splitlines(keepends=True)[skipped:])
    elif choice.skipped is None and (excel := _EXCEL.match(text)):
        separator, skipped = separator or excel[1], 1
        text = text[excel.end() :]
    if separator is None:
        separator = find_separator(text, is_whole=is_whole)
    form = CsvForm(encoding, separator, skipped)
    return form, split_rows(text, separator, is_whole=is_whole)
