"""A type that CSV cannot have is refused before any row is scored."""

import io
from typing import Any

import pyarrow as pa
import pytest

from shared.errors import DatasetError
from trainer.score.output_format import require_writable, write_whole

BYTES = [b"0123456789abcdef", None]


@pytest.mark.parametrize(
    "cells",
    [
        pa.array(["a", None], pa.string_view()),
        pa.array(["a", None], pa.large_string()),
        pa.array(["a", None]).dictionary_encode(),
    ],
    ids=lambda cells: str(cells.type),
)
def test_every_kind_of_string_is_written(cells: Any) -> None:
    table, file = pa.table({"x": cells}), io.BytesIO()
    require_writable(table.schema, "csv")
    write_whole(file, [table], table.schema, "csv", {})
    assert file.getvalue() == b'"x"\n"a"\n\n'


@pytest.mark.parametrize(
    "cells",
    [
        *(pa.array(BYTES, each) for each in (pa.binary(), pa.large_binary(), pa.binary(16))),
        pa.array(BYTES, pa.binary_view()),
        pa.array(BYTES, pa.uuid()),
        pa.array([{"a": 1}, None]),
        pa.array([[1], None], pa.large_list(pa.int8())),
    ],
    ids=lambda cells: str(cells.type),
)
def test_bytes_lists_and_objects_are_refused_for_csv(cells: Any) -> None:
    schema = pa.table({"x": cells}).schema
    with pytest.raises(DatasetError, match="A CSV file cannot have 'x'"):
        require_writable(schema, "csv")
    require_writable(schema, "parquet")
