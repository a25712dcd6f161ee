"""Recognise columns that tools add to a table: row numbers, row names, and empty columns.

A row number gives the answer away if the rows were ever sorted, also if they are shuffled now.
"""

import re

from trainer.tables.columns.column_types import ColumnType
from trainer.tables.row_counter import (
    Numbers,
    are_whole_or_missing,
    count_parts,
    counts_rows,
    grow_with_rows,
    number_all_rows,
    number_rows,
)

NAMES_THE_ROWS = "names the rows"
_UNNAMED_INDEX = re.compile(r"__index_level_\d+__|__null_dask_index__")
"""The names that pandas and Dask give to an index without a name."""
_NAMELESS = re.compile(r"Unnamed: \d+(_level_\d+|\.\d+)*|\.{3}\d+|X(\.\d+)?")
"""The names that pandas and R (readr, read.csv) give to a column without a name."""
_ROW_NAMES = re.compile(
    r"Unnamed: 0(_level_\d+|\.\d+)*|\.{3}1|__index__|(index_)?level_\d+|row[._ ]?names?",
    re.IGNORECASE,
)
"""The names of an index or of row names. Whole numbers in them are row numbers in any order."""
_ROW_NUMBER = re.compile(
    r"#|obs|_?index(\.\d+|_left|_right)?|idx|rn|row|unnamed: \d+|\.{3}\d+|column_?[01]"
    r"|((file_)?row|s|sr|sl)?[._ ]*(nr|no|num|number|id|index|idx)\.?|.*[_ .-]id",
    re.IGNORECASE,
)
"""Names that row numbers often have; their numbers decide."""
_CASED_ROW_NUMBER = re.compile(r"X(\.\d+)?|V1|.*[a-z](Id|ID)")
"""As above: R's names for a column without one, and names such as PassengerId."""


def is_unnamed_index(name: str) -> bool:
    """Decide whether a column is an index without a name that a tool wrote into Parquet."""
    return _UNNAMED_INDEX.fullmatch(name) is not None


def explain_name(name: str, type_: ColumnType) -> str | None:
    """Explain from its name and type that a column is a by-product; None if this is not known."""
    if is_unnamed_index(name):
        return "is an index that pandas wrote"
    if type_ == "empty" and _NAMELESS.fullmatch(name):
        return "has no name and no values, as after a comma at the end of each line"
    if type_ == "time" and _ROW_NAMES.fullmatch(name):
        return "is an index of dates or times"
    return None


def explain_numbers(name: str, numbers: Numbers) -> str | None:
    """Explain from all its numbers that a column counts the rows; None for data."""
    if counts_rows(numbers):
        return "counts the rows"
    if _ROW_NAMES.fullmatch(name):
        return "numbers the rows" if are_whole_or_missing(numbers) else None
    if number_all_rows(numbers):
        return "numbers the rows"
    is_likely = _ROW_NUMBER.fullmatch(name) or _CASED_ROW_NUMBER.fullmatch(name)
    if is_likely and any(rule(numbers) for rule in (grow_with_rows, number_rows, count_parts)):
        return "numbers the rows"
    return None


def explain_strings(name: str, refusal: str | None) -> str | None:
    """Explain that strings are the names of the rows, if they are refused as categories."""
    return NAMES_THE_ROWS if refusal and _ROW_NAMES.fullmatch(name) else None
