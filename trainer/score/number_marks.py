"""Find the decimal mark of each column of strings that a feature of numbers needs."""

from collections.abc import Mapping, Sequence

from shared.errors import DatasetError
from shared.text import join_some, quote
from trainer.tables.columns.column_kind import ColumnKind, UnclearColumn
from trainer.tables.columns.missing_spellings import MissingSpellings
from trainer.tables.columns.number_formats import DECIMAL_COMMA, DECIMAL_POINT, NumberFormat
from trainer.tables.table_file import TableFile
from trainer.tables.table_kinds import decide_kinds

_BOTH = 2


def find_formats(
    table: TableFile, columns: Sequence[str], missing: MissingSpellings
) -> tuple[int, Mapping[str, NumberFormat]]:
    """Read all rows once. Return their number, and the format of the numbers in *columns*.

    Cells that are not numbers do not matter here: their rows are refused later. Raises
    DatasetError for a column that can be read in two ways.
    """
    found = decide_kinds(table, dict.fromkeys(columns), missing, number_columns=columns)
    formats = {name: _find_format(found.kinds.get(name)) for name in columns}
    unclear = {name: each for name, each in found.unclear.items() if len(each.types) == _BOTH}
    for name, each in found.unclear.items():
        if each.types == (DECIMAL_COMMA.name,):
            formats[name] = DECIMAL_COMMA
    if unclear and (table.decimal is None or table.has_types):
        raise DatasetError(_explain(unclear))
    if table.decimal == ",":
        formats |= dict.fromkeys(unclear, DECIMAL_COMMA)
    return found.rows, formats


def _find_format(kind: ColumnKind | None) -> NumberFormat:
    return (kind and kind.number_format) or DECIMAL_POINT


def _explain(unclear: Mapping[str, UnclearColumn]) -> str:
    names = join_some([*map(quote, unclear)])
    first = next(iter(unclear.values())).reason
    return (
        f"TRAINER_DATASET has numbers that can be read in two ways in {names}: {first}. Set the "
        """decimal mark, as in TRAINER_CSV='{"decimal": ","}', or write the numbers as numbers."""
    )
