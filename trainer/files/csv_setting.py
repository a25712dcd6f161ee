"""Parse TRAINER_CSV, and propose values of it."""

import codecs
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.errors import DatasetError, SettingsError, TableFormError
from shared.table_form.csv_form import FormChoice

KEYS = ("separator", "decimal", "encoding", "skip")
DECIMAL_MARKS = (".", ",")
_EXAMPLE = """TRAINER_CSV='{"separator": ";", "decimal": ","}'"""


@dataclass(frozen=True)
class CsvSetting:
    """How a person says that a CSV file is written; None is found by looking."""

    form: FormChoice = field(default_factory=FormChoice)
    decimal: str | None = None
    """The decimal mark of columns whose cells do not show it."""
    given: Mapping[str, object] = field(default_factory=dict)
    """The keys as they are written."""

    def explain(self, source: object, error: TableFormError) -> DatasetError:
        """Return the error about a file whose form is not clear, with the settings that decide."""
        ways = [f"set {propose(self.given, choice)}" for choice in error.choices]
        text = ", or ".join(ways)
        remedy = f" {text[:1].upper()}{text[1:]}." if text else ""
        advice = f" {error.advice}" if error.advice else ""
        return DatasetError(f"TRAINER_DATASET={source} {error}{advice}{remedy}")


def propose(given: Mapping[str, object], choice: Mapping[str, object]) -> str:
    """Return TRAINER_CSV with more keys, as a shell reads it."""
    value = json.dumps({**dict(given), **choice}, ensure_ascii=False)
    return f"TRAINER_CSV={shlex.quote(value)}"


def parse_csv_setting(text: str) -> CsvSetting:
    """Parse a JSON object with some of the keys separator, decimal, encoding and skip.

    Raises SettingsError.
    """
    if not text.strip():
        return CsvSetting()
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise SettingsError(f"TRAINER_CSV={text:.80} is not a JSON object such as {_EXAMPLE}.")
    for key in given:
        if key not in KEYS:
            raise SettingsError(
                f"TRAINER_CSV has the key {key!r:.80}, but its keys are {', '.join(KEYS)}. "
                "Rename or remove it."
            )
    separator, decimal = given.get("separator"), given.get("decimal")
    if separator is not None and not _is_separator(separator):
        raise SettingsError(
            f"The separator of TRAINER_CSV is {separator!r:.80}. Choose one character that is not "
            'a letter, a digit or a quote, such as ";" or "\\t".'
        )
    if decimal is not None and decimal not in DECIMAL_MARKS:
        raise SettingsError(
            f'The decimal mark of TRAINER_CSV is {decimal!r:.80}. Choose "." or ",".'
        )
    form = FormChoice(_parse_encoding(given), separator, _parse_skip(given))
    return CsvSetting(form, decimal, given)


def _is_separator(value: object) -> bool:
    if not isinstance(value, str) or len(value) != 1 or value in '"\n\r\0':
        return False
    return value.isascii() and not value.isalnum()


def _parse_encoding(given: Mapping[str, object]) -> str | None:
    encoding = given.get("encoding")
    if encoding is None:
        return None
    try:
        name = codecs.lookup(str(encoding)).name
        "a,b".encode(name)  # a codec of bytes, such as base64, fails here
    except (LookupError, ValueError, AttributeError):
        raise SettingsError(
            f"The encoding of TRAINER_CSV is {encoding!r:.80}, which Python does not know. Choose "
            "one such as utf-8, windows-1252 or utf-16."
        ) from None
    return name


def _parse_skip(given: Mapping[str, object]) -> int | None:
    skip = given.get("skip")
    if skip is None:
        return None
    if not isinstance(skip, int) or isinstance(skip, bool) or skip < 0:
        raise SettingsError(
            f"skip of TRAINER_CSV is {skip!r:.80}. Set it to the number of lines before the names."
        )
    return skip
