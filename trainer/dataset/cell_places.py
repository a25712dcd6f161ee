"""Find the rows of a table with certain cells, so that a person can correct them."""

from collections.abc import Collection, Mapping

import pyarrow as pa
from pyarrow import compute

from trainer.tables.columns.text_cells import normalise_cells, to_strings
from trainer.tables.table_file import TableFile


def find_first_rows(table: TableFile, wanted: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Return for each column the first row, from 0, with one of its *wanted* cells.

    The cells are in their normal form.
    """
    found: dict[str, int] = {}
    sought = {name: pa.array([*cells], pa.string()) for name, cells in wanted.items()}
    rows = 0
    for batch in table.batches(list(sought)) if sought else ():
        for name, cells in sought.items():
            if name not in found:
                texts = normalise_cells(to_strings(batch.column(name)))
                place = compute.index(compute.is_in(texts, cells), value=True).as_py()
                if place >= 0:
                    found[name] = rows + place
        if len(found) == len(sought):
            break
        rows += batch.num_rows
    return found
