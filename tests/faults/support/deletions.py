"""A store and exported tables with rows of a person, and commands that delete or export them."""

import csv
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from pyarrow import parquet

from shared.forgetting.forgetting import forget
from shared.forgetting.wanted_ids import WantedIds
from shared.maintenance.store_checker import check_store
from shared.prediction_log.deletions import Deletions
from shared.prediction_log.segments import (
    list_feedback_segments,
    list_prediction_segments,
    read_labels,
    read_rows,
)
from shared.prediction_table.exported_table import ExportedTable
from shared.prediction_table.selection import Selection
from shared.prediction_table.table_file import PredictionTable, write_table
from shared.store.store import ModelStore
from tests.support.stores.row_logs import logged, write_hidden_rows, write_labels, write_rows

PERSON = "jane.doe"
OTHERS = Counter({"a": 2, "b": 1, "c": 1})
"""The rows and labels of others in the store. The row of c is in a hidden segment."""
LINES = 4
"""The lines of the person in the store."""
FORMATS = ("csv", "parquet")


def fill(store: ModelStore) -> Path:
    """Write rows, labels and two tables of them; return the directory of the store and tables."""
    write_rows(store.layout, 1, [logged("a"), logged(PERSON)])
    write_rows(store.layout, 2, [logged(PERSON), logged("b")], worker="another")
    write_labels(store.layout, 1, {"a": 1, PERSON: 0})
    directory = store.layout.root.parent
    for ending in FORMATS:
        export(ending, "out")(store)
    return directory


def copy(directory: Path, target: Path) -> ModelStore:
    """Copy the store and the tables, and add the hidden segment of a dead worker."""
    target.mkdir()
    shutil.copytree(directory / "store", target / "store")
    for table in tables_in(directory):
        shutil.copy2(table.path, target)
    store = ModelStore(target / "store")
    hidden = write_hidden_rows(store.layout, 3, [logged("c"), logged(PERSON)])
    os.utime(hidden, (1000, 1000))
    return store


def tables_in(directory: Path) -> list[ExportedTable]:
    """Return the tables that the deletion names."""
    return [ExportedTable(directory / f"out.{ending}") for ending in FORMATS]


def delete(store: ModelStore) -> None:
    """Delete the person from the store and from the tables beside it."""
    forget(ModelStore(store.layout.root), WantedIds([PERSON]), tables_in(store.layout.root.parent))


def export(ending: str, name: str = "new") -> Callable[[ModelStore], None]:
    """Return a function that writes a table beside a store."""

    def act(store: ModelStore) -> None:
        target = store.layout.root.parent / f"{name}.{ending}"
        write_table(PredictionTable(ModelStore(store.layout.root), Selection()), target)

    return act


def assert_nothing_else_is_lost(store: ModelStore) -> None:
    """Assert that all rows of others are there, no file is torn, and each deletion is recorded."""
    found = _count_ids(store)
    others = Counter({name: count for name, count in found.items() if name != PERSON})
    assert others - OTHERS == Counter()
    assert OTHERS - others in (Counter(), Counter({"c": 1})), "only hidden segments are not read"
    directory = store.layout.root.parent
    for ending in FORMATS:
        assert set(_read_ids(directory / f"out.{ending}")) - {PERSON} == {"a", "b"}
    assert errors_of(store) == []
    lines = store.layout.root.rglob("*.jsonl")
    deleted = LINES - sum(path.read_bytes().count(PERSON.encode()) for path in lines)
    path = store.layout.deletions
    if deleted:
        entries = json.loads(path.read_bytes())["deletions"]
        assert sum(each["rows"] + each["labels"] for each in entries) >= deleted


def assert_forgotten(store: ModelStore) -> None:
    """Assert that no byte has the id, and that all other rows and labels are there."""
    directory = store.layout.root.parent
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert not [path for path in files if PERSON.encode() in path.read_bytes()]
    assert _count_ids(store) == OTHERS
    assert _read_ids(directory / "out.parquet") == _read_ids(directory / "out.csv") == ["b", "a"]
    assert errors_of(store) == []
    hidden = [path for path in files if path.name.startswith(".")]
    assert {path.parent for path in hidden} <= {store.layout.root}, "a gatekeeper removes these"
    Deletions.decode(store.layout.deletions.read_bytes(), store.layout.deletions)


def errors_of(store: ModelStore) -> list[str]:
    """Return what fsck calls an error."""
    return [issue.message for issue in check_store(store) if issue.kind == "error"]


def _count_ids(store: ModelStore) -> Counter[str]:
    """Count the ids of all rows and labels that readers find."""
    rows = (row.id for path in list_prediction_segments(store.layout) for row in read_rows(path))
    labels = (
        each.id for path in list_feedback_segments(store.layout) for each in read_labels(path)
    )
    return Counter([*rows, *labels])


def _read_ids(path: Path) -> list[str]:
    """Return the ids of a table, which must be whole."""
    if path.suffix == ".parquet":
        content = BytesIO(path.read_bytes())  # a thread of pyarrow may close a file later
        found: list[str] = parquet.read_table(content).column("id").to_pylist()
        return found
    with path.open(newline="") as file:
        rows = [*csv.reader(file, strict=True)]
    assert {len(row) for row in rows} == {len(rows[0])}
    return [row[0] for row in rows[1:]]
