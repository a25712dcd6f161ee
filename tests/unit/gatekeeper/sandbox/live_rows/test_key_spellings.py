"""Every spelling of a key that the trainer joins is found by the gatekeeper."""

from collections.abc import Sequence

import pyarrow as pa
import pytest

from gatekeeper.sandbox.live_rows.key_spellings import spell_key
from trainer.tables.columns.column_kind import ColumnKind
from trainer.tables.columns.column_types import ColumnType
from trainer.tables.key_column import read_keys


@pytest.mark.parametrize(
    ("type_", "cells"),
    [
        ("number", ["007", "-0", "12"]),
        ("number", ["+49100", "3.50", ".5", "5.", "1E5", "1e16", "1e-7", "123456789012345678901"]),
        ("time", ["2026-01-31", "2026-02-01"]),
        ("time", ["2026-01-31T12:00", "2026-01-31 12:00:01", "2026-01-31"]),
        ("time", ["2026-01-31T12:00:00Z", "2026-01-31T01:00:00+02:00"]),
        ("time", ["2026-01-31T12:00:00.5", "2026-01-31"]),
        ("category", ["order\u00a0 7", "cafe\u0301", "+7"]),
    ],
)
def test_the_key_that_the_trainer_hashes_is_a_spelling_of_the_id(
    type_: ColumnType, cells: Sequence[str]
) -> None:
    column = pa.chunked_array([cells])
    keys = read_keys(column, ColumnKind(type_), frozenset(), "id", "people.csv").values
    assert [key in spell_key(cell) for cell, key in zip(cells, keys, strict=True)] == [
        True for _ in cells
    ]


@pytest.mark.parametrize("id_", ["0001-01-01T00:00+05:00", "1e999", "nan", "\u0663", "", "a-7"])
def test_an_id_that_is_neither_a_number_nor_a_time_has_one_spelling(id_: str) -> None:
    assert spell_key(id_) == {id_}
