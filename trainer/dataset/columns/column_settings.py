"""Parse TRAINER_TYPES and TRAINER_MISSING, and write values of them for messages."""

import difflib
import json
import re
import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared import column_list
from shared.errors import SettingsError
from shared.inference.text_form import normalise_text
from shared.text import quote
from trainer.problems import Problems
from trainer.tables.column_names import ColumnNames
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.columns.number_formats import (
    DECIMAL_POINT,
    FORMATS,
    NumberFormat,
    is_plain_number,
)

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

    types: Mapping[str, str]
    """The kinds of columns, in place of the ones that the cells suggest."""
    missing: MissingSpellings
    """The spellings of a missing value, also those of the file's format."""
    added: tuple[str, ...]
    """The spellings that TRAINER_MISSING adds in every column."""

    def find(self, names: ColumnNames, source: str, problems: Problems) -> "ColumnSettings":
        """Return the settings of the columns in the table; each other one is a problem."""
        by_column = self.missing.by_column
        types = names.find("TRAINER_TYPES", list(self.types), source, problems)
        missing = names.find("TRAINER_MISSING", list(by_column), source, problems)
        return replace(
            self,
            types={found: self.types[asked] for asked, found in types.items()},
            missing=replace(
                self.missing,
                by_column={found: by_column[asked] for asked, found in missing.items()},
            ),
        )

    def without(
        self, untyped: Mapping[str, Collection[str]], problems: Problems
    ) -> "ColumnSettings":
        """Return the settings without the types of columns that have none; each is a problem.

        *untyped* are such columns by the setting that names them.
        """
        types = dict(self.types)
        for setting, names in untyped.items():
            for name in [name for name in types if name in names]:
                del types[name]
                problems.add(
                    SettingsError(
                        f"TRAINER_TYPES and {setting} both name {name!r}. Remove it from "
                        "TRAINER_TYPES."
                    )
                )
        return replace(self, types=types)

    def require_distinct(self, kinds: Mapping[str, ColumnKind]) -> None:
        """Raise SettingsError if numbers count as missing in columns of numbers."""
        problems = Problems()
        for name, kind in kinds.items():
            if kind.type == "number":
                spellings = self.missing.by_column.get(name, self.added)
                with problems:
                    _require_no_number(spellings, kind.number_format or DECIMAL_POINT)
        problems.require_none()

    def adding(
        self, types: Mapping[str, str], spellings: Mapping[str, Iterable[str]]
    ) -> "ColumnSettings":
        """Return the settings with more types, and with more spellings of missing values."""
        by_column = self.missing.by_column
        added = self.added
        if by_column:
            both = {n: tuple(sorted(self.missing.of(n).union(s))) for n, s in spellings.items()}
            by_column = {**by_column, **both}
        else:
            added = tuple(dict.fromkeys((*added, *(t for s in spellings.values() for t in s))))
        missing = replace(self.missing, by_column=by_column)
        return replace(self, types={**self.types, **types}, missing=missing, added=added)

    def without_types(self, names: Collection[str]) -> "ColumnSettings":
        """Return the settings without the types of these columns."""
        kept = {name: type_ for name, type_ in self.types.items() if name not in names}
        return replace(self, types=kept)

    def with_types(self, types: Mapping[str, str]) -> str:
        """Return the setting that adds *types*, quoted for a shell."""
        return f"TRAINER_TYPES={_to_shell({**self.types, **types})}"

    def with_missing(self, spellings: Mapping[str, Iterable[str]]) -> str:
        """Return the setting that adds spellings, which are by column, quoted for a shell."""
        by_column = self.missing.by_column
        if by_column:
            return f"TRAINER_MISSING={_to_shell(self.adding({}, spellings).missing.by_column)}"
        every = self.adding({}, spellings).added
        joined = ",".join(every)
        is_plain = joined.isprintable() and joined[0] not in "[{" and _parse_list(joined) == every
        return f"TRAINER_MISSING={shlex.quote(joined) if is_plain else _to_shell(every)}"


def parse_settings(
    types: str, missing: str, in_format: tuple[str, ...], problems: Problems
) -> ColumnSettings:
    """Parse the values of both settings. Unusable parts are problems, and are left out.

    *in_format* are the spellings of a missing value that the file's format has.
    """
    parsed: dict[str, str] = {}
    everywhere: tuple[str, ...] = ()
    by_column: dict[str, tuple[str, ...]] = {}
    with problems:
        parsed = _parse_types(types, problems)
    with problems:
        everywhere, by_column = _parse_missing(missing, problems)
    spellings = MissingSpellings((*in_format, *everywhere), by_column)
    return ColumnSettings(parsed, spellings, everywhere)


def _parse_missing(
    missing: str, problems: Problems
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return the spellings of all columns, and the complete lists of single columns."""
    if not missing.lstrip().startswith("{"):
        everywhere = _parse_list(missing)
        numbers = list(filter(is_plain_number, everywhere))
        with problems:
            _require_no_number(numbers, hint=_explain_split(missing))
        return tuple(text for text in everywhere if text not in numbers), {}
    by_column = {}
    for name, spellings in _parse_object("TRAINER_MISSING", missing).items():
        if not isinstance(spellings, list) or not all(isinstance(s, str) for s in spellings):
            problems.add(
                SettingsError(
                    f"TRAINER_MISSING gives {quote(name)} the value {json.dumps(spellings):.80}, "
                    'which is not a list of strings such as ["?", "-"].'
                )
            )
            continue
        by_column[normalise_text(name)] = tuple(map(normalise_text, spellings))
    return (), by_column


def _require_no_number(
    spellings: Iterable[str],
    number_format: NumberFormat = DECIMAL_POINT,
    *,
    hint: str = "",
) -> None:
    for spelling in filter(number_format.fits, spellings):
        raise SettingsError(
            f"TRAINER_MISSING names {quote(spelling)}, which is a number. The served model could "
            f"not tell it from other numbers: leave such cells empty in the file.{hint}"
        )


def _explain_split(missing: str) -> str:
    """Explain that a comma between digits separates two spellings, if there is one."""
    if missing.lstrip().startswith("[") or not re.search("[0-9],[0-9]", missing):
        return ""
    likely = [part.strip() for part in re.split("(?<![0-9]),|,(?![0-9])", missing)]
    return (
        " A comma separates spellings. If it belongs to one of them, write a JSON list: "
        f"TRAINER_MISSING={_to_shell(likely)}"
    )


def _parse_list(missing: str) -> tuple[str, ...]:
    return tuple(map(normalise_text, column_list.parse_names("TRAINER_MISSING", missing)))


def _parse_types(setting: str, problems: Problems) -> dict[str, str]:
    types = _parse_object("TRAINER_TYPES", setting) if setting.strip() else {}
    for name, type_ in types.items():
        if type_ not in TYPES:
            close = difflib.get_close_matches(str(type_).lower(), (*TYPES, *_USUAL_NAMES), n=1)
            hint = f"choose one of {', '.join(map(repr, TYPES))}."
            if close:
                hint = f"did you mean {_USUAL_NAMES.get(close[0], close[0])!r}?"
            problems.add(
                SettingsError(
                    f"TRAINER_TYPES gives {quote(name)} the type {json.dumps(type_):.80}; {hint}"
                )
            )
    return {normalise_text(name): type_ for name, type_ in types.items() if type_ in TYPES}


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
