"""Parse TRAINER_TYPES and TRAINER_MISSING, and write values of them for messages."""

import difflib
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared import column_list
from shared.errors import DatasetError, SettingsError
from shared.text import quote
from trainer.tables.columns.missing_values import MissingSpellings
from trainer.tables.columns.number_formats import FORMATS, is_plain_number
from trainer.tables.table_file import format_columns

TYPES = (*(number_format.name for number_format in FORMATS), "boolean", "category")
"""The values of TRAINER_TYPES."""
_USUAL_NAMES = {
    **dict.fromkeys(("int", "integer", "float", "double", "numeric", "decimal", "real"), TYPES[0]),
    **dict.fromkeys(("comma", "decimal comma", "decimal_comma", "number with comma"), TYPES[1]),
    **dict.fromkeys(("bool", "logical", "flag"), "boolean"),
    **dict.fromkeys(("string", "str", "text", "object", "categorical", "enum", "code"), "category"),
}
"""Names of types elsewhere."""


@dataclass(frozen=True)
class ColumnSettings:
    """How a person says that columns are read."""

    types: Mapping[str, str] = field(default_factory=dict)
    """The kinds of columns, in place of the ones that the cells suggest."""
    missing: tuple[str, ...] = ()
    """Spellings of a missing value, beside those of the file's format."""
    missing_by_column: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """All spellings of a missing value of single columns."""

    def spellings(self, of_format: Sequence[str]) -> MissingSpellings:
        """Return the spellings of a missing value in a file whose format has *of_format*."""
        return MissingSpellings((*of_format, *self.missing), self.missing_by_column)

    def with_types(self, types: Mapping[str, str]) -> str:
        """Return the setting that adds *types*, quoted for a shell."""
        return f"TRAINER_TYPES={_to_shell({**self.types, **types})}"

    def with_missing(self, added: Mapping[str, Iterable[str]], of_format: Sequence[str]) -> str:
        """Return the setting that adds spellings, which are by column, quoted for a shell."""
        if self.missing_by_column:
            known = self.spellings(of_format)
            both = {name: sorted(known.of(name).union(own)) for name, own in added.items()}
            return f"TRAINER_MISSING={_to_shell({**self.missing_by_column, **both})}"
        every = tuple(dict.fromkeys((*self.missing, *(s for own in added.values() for s in own))))
        joined = ",".join(every)
        is_plain = joined.isprintable() and joined[0] not in "[{" and _parse_list(joined) == every
        return f"TRAINER_MISSING={shlex.quote(joined) if is_plain else _to_shell(every)}"

    def require_columns(self, known: Sequence[str], source: str) -> None:
        """Raise DatasetError if a setting names a column that *source* does not have."""
        settings = {"TRAINER_TYPES": self.types, "TRAINER_MISSING": self.missing_by_column}
        for setting, names in settings.items():
            for name in (name for name in names if name not in known):
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"Did you mean {quote(close[0])}?" if close else ""
                raise DatasetError(
                    f"{setting} names {quote(name)}, which is not a column of {source}. "
                    f"{hint or f'It has {format_columns(list(known))}.'}"
                )


def parse_settings(types: str, missing: str) -> ColumnSettings:
    """Parse the values of both settings; raise SettingsError for a malformed one."""
    by_column: dict[str, tuple[str, ...]] = {}
    everywhere: tuple[str, ...] = ()
    if missing.lstrip().startswith("{"):
        for name, spellings in _parse_object("TRAINER_MISSING", missing).items():
            if not isinstance(spellings, list) or not all(isinstance(s, str) for s in spellings):
                raise SettingsError(
                    f"TRAINER_MISSING gives {quote(name)} the value {json.dumps(spellings):.80}, "
                    'which is not a list of strings such as ["?", "-"].'
                )
            by_column[name] = tuple(spelling.strip() for spelling in spellings)
    else:
        everywhere = _parse_list(missing)
    for spelling in everywhere:
        if is_plain_number(spelling):
            raise SettingsError(
                f"TRAINER_MISSING names {quote(spelling)}, which is a number. The served model "
                "could not tell it from other numbers: leave such cells empty in the file."
            )
    return ColumnSettings(_parse_types(types), everywhere, by_column)


def _parse_list(missing: str) -> tuple[str, ...]:
    return tuple(s.strip() for s in column_list.parse_names("TRAINER_MISSING", missing))


def _parse_types(setting: str) -> dict[str, str]:
    types = _parse_object("TRAINER_TYPES", setting) if setting.strip() else {}
    for name, type_ in types.items():
        if type_ not in TYPES:
            close = difflib.get_close_matches(str(type_).lower(), (*TYPES, *_USUAL_NAMES), n=1)
            hint = f"choose one of {', '.join(map(repr, TYPES))}."
            if close:
                hint = f"did you mean {_USUAL_NAMES.get(close[0], close[0])!r}?"
            raise SettingsError(
                f"TRAINER_TYPES gives {quote(name)} the type {json.dumps(type_):.80}; {hint}"
            )
    return types


def _parse_object(variable: str, setting: str) -> dict[str, Any]:
    try:
        found = json.loads(setting, object_pairs_hook=_unique)
    except ValueError as error:
        found = str(error)
    if not isinstance(found, dict):
        reason = f": {found}" if isinstance(found, str) else ""
        raise SettingsError(
            f"{variable}={setting:.200} is not a JSON object such as "
            f"""{"'{"}"article": "category"{"}'"}{reason}."""
        )
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a column is named twice")
    return found


def _to_shell(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return shlex.quote(text if text.isprintable() else json.dumps(value))
