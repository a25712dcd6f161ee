"""Turn the column of TRAINER_ROW_KEY into strings, which the split hashes."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.errors import DatasetError
from shared.inference.text_form import normalise_text
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.column_types import classify_type
from trainer.tables.string_spellings import normalise_strings

_TYPES = (pa.int64(), pa.date32(), pa.timestamp("s"), pa.timestamp("s", "UTC"), pa.float64())
"""The types of CSV cells whose spelling does not matter, such as 1.50: the string is 1.5."""
_DIGITS = re.compile("[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
_MOST_EXACT = 2**53
"""The largest whole number up to which a program that writes 7.0 for 7 has written all exactly."""


@dataclass(frozen=True, eq=False)
class Keys:
    """The keys of rows."""

    values: npt.NDArray[np.object_]
    """Shape [n]: strings."""
    spelling: "KeySpelling"

    def select(self, rows: npt.NDArray[np.bool_]) -> "Keys":
        """Return the keys of some rows."""
        return Keys(self.values[rows], self.spelling)


@dataclass(frozen=True)
class KeySpelling:
    """The one way in which keys of a column are spelled: numbers and times by their value."""

    type: pa.DataType | None = None
    """The type of numbers or times; None if keys are strings."""

    def spell(self, ids: Sequence[str]) -> list[str]:
        """Return the keys of rows that a client calls *ids*.

        An id that is not of the column's type is the string that it is.
        """
        keys = [normalise_text(each) for each in ids]
        return keys if self.type is None else _spell_values(keys, self.type)


def read_keys(
    column: pa.ChunkedArray,
    kind: ColumnKind | None,
    missing: frozenset[str],
    name: str,
    source: str,
) -> Keys:
    """Return the keys; raise DatasetError if one is missing or is not a single value.

    Without a *kind*, the cells contradict each other.
    """
    column = normalise_strings(column, missing)
    if column.null_count:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} is missing in {column.null_count} of {len(column)} rows of "
            f"{source}. Fill in the keys, or remove these rows."
        )
    spelling = KeySpelling()
    if kind is not None and kind.type in {"number", "time"}:
        column = _join_spellings(column)
        if classify_type(column.type) != "category":
            spelling = KeySpelling(column.type)
    try:
        strings = column.cast(pa.string())
    except pa.ArrowException as error:
        raise DatasetError(
            f"TRAINER_ROW_KEY={name} has the type {column.type} in {source}. "
            "Choose a column of strings, numbers or times."
        ) from error
    return Keys(np.asarray(strings.to_numpy()), spelling)


def _spell_values(keys: list[str], wanted: pa.DataType) -> list[str]:
    """Spell keys as a column of type *wanted* does; the key of a row depends on no other row."""
    if pa.types.is_integer(wanted):
        return [_spell_integer(key) for key in keys]
    with contextlib.suppress(pa.ArrowException):
        spelled: list[str] = pa.array(keys, pa.string()).cast(wanted).cast(pa.string()).to_pylist()
        return spelled
    return keys if len(keys) == 1 else [_spell_values([key], wanted)[0] for key in keys]


def _spell_integer(key: str) -> str:
    """Spell a whole number, which may be sent as 7.0, by its digits. Return other keys as given."""
    if _DIGITS.fullmatch(key):
        return str(int(key))
    if _NUMBER.fullmatch(key):
        number = Decimal(key)
        if abs(number) <= _MOST_EXACT and number == number.to_integral_value():
            return str(int(number))
    return key


def _join_spellings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if classify_type(column.type) != "category":
        return column
    for type_ in _TYPES:
        with contextlib.suppress(pa.ArrowInvalid):
            return column.cast(type_)
    return column
