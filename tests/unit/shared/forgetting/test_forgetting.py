"""A forgotten id is in no byte of the rows, the labels and the named tables afterwards."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from shared.contract.layout import StoreLayout
from shared.errors import DeletionError, ExportedTableError
from shared.forgetting.forgetting import Forgotten, forget
from shared.forgetting.segment_rewriting import rewrite_segment
from shared.forgetting.wanted_ids import WantedIds
from shared.prediction_log.deletions import Deletions
from shared.prediction_log.segment_lock import locked_if_free
from shared.prediction_log.segments import read_labels, read_rows
from shared.prediction_table.exported_table import ExportedTable
from shared.prediction_table.selection import Selection
from shared.prediction_table.table_file import PredictionTable, new_file, write_table
from shared.prediction_table.unfinished_tables import remove_unfinished
from shared.store.store import ModelStore
from tests.support.processes.unprivileged_user import NOBODY
from tests.support.stores.row_logs import (
    WORKER,
    logged,
    write_hidden_rows,
    write_labels,
    write_rows,
)

PERSON = "jane.doe"


@pytest.fixture
def used(store: ModelStore) -> ModelStore:
    """Make a store with two segments of rows, and two of labels."""
    write_rows(store.layout, 1, [logged("a"), logged(PERSON), logged("b")])
    write_rows(store.layout, 2, [logged("c")])
    write_labels(store.layout, 1, {PERSON: "benign", "a": "benign"})
    write_labels(store.layout, 2, {PERSON: "malignant"})
    return store


def is_anywhere(root: Path, text: str) -> bool:
    """Search every byte of every file, in all spellings that JSON has for *text*."""
    spellings = (text, json.dumps(text)[1:-1], "".join(f"\\u{ord(each):04x}" for each in text))
    data = b"\n".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    return any(each.encode() in data for each in spellings)


def ids(layout: StoreLayout, number: int = 1) -> list[str]:
    return [row.id for row in read_rows(layout.prediction_segment(WORKER, number))]


def recorded(store: ModelStore) -> list[tuple[int, int, int]]:
    path = store.layout.deletions
    if not path.exists():
        return []
    entries = Deletions.decode(path.read_bytes(), path).deletions
    return [(each.rows, each.labels, each.exported_rows) for each in entries]


def test_all_rows_and_labels_of_an_id_go_and_all_others_stay(used: ModelStore) -> None:
    layout = used.layout
    untouched = layout.prediction_segment(WORKER, 2).stat().st_ctime_ns
    assert forget(used, WantedIds([PERSON]), []) == Forgotten(rows=1, labels=2)
    assert not is_anywhere(layout.root, PERSON)
    assert ids(layout) == ["a", "b"]
    assert [label.id for label in read_labels(layout.feedback_segment(1))] == ["a"]
    assert layout.feedback_segment(2).read_bytes() == b""
    assert layout.prediction_segment(WORKER, 2).stat().st_ctime_ns == untouched
    assert recorded(used) == [(1, 2, 0)]


def test_an_id_that_is_nowhere_changes_nothing(used: ModelStore) -> None:
    before = {path: path.stat() for path in used.layout.root.rglob("*.jsonl")}
    assert forget(used, WantedIds(["jane"]), []).is_nothing
    assert {path: path.stat() for path in before} == before
    assert recorded(used) == []


def test_a_new_segment_has_the_owner_mode_and_time_of_the_old_one(used: ModelStore) -> None:
    path = used.layout.prediction_segment(WORKER, 1)
    os.utime(path, (1000, 2000))
    if os.getuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    before = path.stat()
    forget(used, WantedIds([PERSON]), [])
    after = path.stat()
    assert after.st_ino != before.st_ino
    for name in ("st_uid", "st_gid", "st_mode", "st_mtime_ns"):
        assert getattr(after, name) == getattr(before, name)


ODD = ['quo"ted', "back\\slash", "new\nline", "ümlaut 名", "tab\tand /", "\x00null", "= 1;--", "{}"]


@pytest.mark.parametrize("odd", ODD)
def test_ids_with_odd_characters_are_found_in_each_spelling(store: ModelStore, odd: str) -> None:
    write_rows(store.layout, 1, [logged("before"), logged(odd), logged(f"{odd}0")])
    path = store.layout.prediction_segment(WORKER, 1)
    escaped = "".join(f"\\u{ord(each):04X}" for each in odd)
    with path.open("a", encoding="utf-8") as file:
        file.write(f'{{"id": "{escaped}"}}\n{{"torn": "{escaped}\n{{"half": "{escaped}"')
    assert forget(store, WantedIds([odd]), []).rows == 4
    assert ids(store.layout) == ["before", f"{odd}0"]
    assert escaped not in path.read_text()


def test_rows_of_a_request_go_on_request(store: ModelStore) -> None:
    names = ["order", "order/0", "order/1", "order/x", "order/0/1"]
    write_rows(store.layout, 1, map(logged, names))
    assert forget(store, WantedIds(["order"]), []) == Forgotten(rows=1, of_requests=2)
    assert forget(store, WantedIds(["order"], of_requests=True), []).rows == 2
    assert ids(store.layout) == ["order/x", "order/0/1"]


def test_a_value_that_is_spelled_like_the_id_is_named_and_stays(store: ModelStore) -> None:
    write_rows(store.layout, 1, [logged("left"), logged("other")])
    assert forget(store, WantedIds(["left"]), []) == Forgotten(rows=1, mentioned=1)


def test_the_segment_of_a_dead_worker_is_published_without_the_rows(used: ModelStore) -> None:
    hidden = write_hidden_rows(used.layout, 3, [logged("d"), logged(PERSON)])
    with hidden.open("ab") as file:
        file.write(b'{"id": "jane.doe", "ti')
    os.utime(hidden, (1000, 1000))
    assert forget(used, WantedIds([PERSON]), []).rows == 2
    assert not hidden.exists()
    assert ids(used.layout, 3) == ["d"]
    assert not is_anywhere(used.layout.root, PERSON)


def keep_writing(segment: Path) -> None:
    """Let a segment look as if its worker writes for another hour."""
    later = segment.stat().st_mtime + 3600
    os.utime(segment, (later, later))


def test_rows_that_a_live_worker_holds_back_are_an_error_that_can_be_repeated(
    used: ModelStore,
) -> None:
    hidden = write_hidden_rows(used.layout, 3, [logged(PERSON)])
    keep_writing(hidden)
    said: list[str] = []
    with pytest.raises(DeletionError, match="has not published it"):
        forget(used, WantedIds([PERSON]), [], said.append, patience_seconds=0.1)
    assert said == ["Waiting until 1 worker has published the newest rows, 0 s at most."]
    assert (ids(used.layout), recorded(used)) == (["a", PERSON, "b"], [])
    hidden.rename(used.layout.prediction_segment(WORKER, 3))
    assert forget(used, WantedIds([PERSON]), []).rows == 2


def test_an_error_after_the_first_deletion_says_that_rows_may_be_deleted(
    used: ModelStore, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    write_table(PredictionTable(used, Selection()), path)

    class Slow(ExportedTable):
        """A table that is read while a worker logs another row."""

        def count(self, is_wanted: Callable[[str], bool]) -> int:
            keep_writing(write_hidden_rows(used.layout, 3, [logged(PERSON)]))
            return super().count(is_wanted)

    with pytest.raises(DeletionError, match="Some rows may be deleted already"):
        forget(used, WantedIds([PERSON]), [Slow(path)], patience_seconds=0.1)
    assert ids(used.layout) == ["a", "b"]


def test_labels_that_a_killed_gatekeeper_has_hidden_go_too(used: ModelStore) -> None:
    hidden = used.layout.hidden_feedback_segment("00000001.jsonl")
    used.layout.feedback_segment(1).rename(hidden)
    assert forget(used, WantedIds([PERSON]), ()).labels == 2
    assert not is_anywhere(used.layout.root, PERSON)
    assert [label.id for label in read_labels(hidden)] == ["a"]


def test_ctrl_c_during_the_wait_says_what_to_do(used: ModelStore) -> None:
    keep_writing(write_hidden_rows(used.layout, 3, [logged(PERSON)]))
    command = [sys.executable, "-m", "shared.forgetting.forget", PERSON]
    environment = os.environ | {"STORE_DIR": str(used.layout.root)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert "Waiting until 1 worker" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == (
            "Stopped. Some rows may be deleted already: repeat the command.\n"
        )
    assert process.returncode == 130
    assert ids(used.layout) == ["a", PERSON, "b"]


def test_a_foreign_file_with_the_id_is_named_after_everything_else_is_deleted(
    used: ModelStore,
) -> None:
    note = used.layout.feedback / ".tmp-note"
    note.write_text(PERSON)
    with pytest.raises(DeletionError, match=r"\.tmp-note contains such an id"):
        forget(used, WantedIds([PERSON]), [])
    note.unlink()
    assert not is_anywhere(used.layout.root, PERSON)


def test_labels_that_a_frozen_process_has_locked_are_named_and_stay(used: ModelStore) -> None:
    path = used.layout.feedback_segment(2)
    before = path.read_bytes()
    with path.open("ab") as other, locked_if_free(other.fileno()):
        with pytest.raises(DeletionError, match=r"00000002\.jsonl .* locked it for 0 s"):
            rewrite_segment(path, WantedIds([PERSON]), lock_seconds=0.1)
        assert path.read_bytes() == before
    assert forget(used, WantedIds([PERSON]), []).labels == 2
    assert not is_anywhere(used.layout.root, PERSON)


UNFINISHED = (".out.csv-17-0a1b2c3d", ".Other.PARQUET-18-0a1b2c3d", ".out.csv-19",
              ".other.csv-forget-20-0a1b2c3d")  # fmt: skip
UNKNOWN = (".out.csv-backup", "out.csv-17-0a1b2c3d", ".notes-17-0a1b2c3d", ".x.csv-1-0a1b2c3d.old")


def test_what_killed_exports_left_beside_a_table_goes_too(used: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    table = folder / "out.csv"
    write_table(PredictionTable(used, Selection()), table)
    for name in UNFINISHED:
        (folder / name).write_text(f"id\n{PERSON}\n")
    for name in UNKNOWN:
        (folder / name).write_text("of the user")
    (folder / ".out.csv-21-0a1b2c3d").symlink_to(table)
    forget(used, WantedIds([PERSON]), [ExportedTable(table)])
    assert not is_anywhere(folder, PERSON)
    assert {path.name for path in folder.iterdir()} == {"out.csv", ".out.csv-21-0a1b2c3d", *UNKNOWN}


def test_an_export_removes_what_a_killed_one_of_its_name_left(
    used: ModelStore, tmp_path: Path
) -> None:
    for name in UNFINISHED:
        (tmp_path / name).touch()
    write_table(PredictionTable(used, Selection()), tmp_path / "out.csv")
    assert {path.name for path in tmp_path.glob("[.o]*")} == {"out.csv", *UNFINISHED[1::2]}


def test_an_export_whose_hidden_file_was_removed_says_so(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with pytest.raises(ExportedTableError, match="was removed meanwhile"), new_file(target):
        remove_unfinished(tmp_path)
    assert not target.exists()


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_rows_of_exported_tables_go_too(used: ModelStore, tmp_path: Path, ending: str) -> None:
    path, expected = tmp_path / f"out.{ending}", tmp_path / f"expected.{ending}"
    write_table(PredictionTable(used, Selection()), path)
    path.chmod(0o640)
    done = forget(used, WantedIds([PERSON]), [ExportedTable(path)])
    assert done == Forgotten(rows=1, labels=2, exported_rows=1)
    assert recorded(used) == [(1, 2, 1)]
    assert PERSON.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o640
    write_table(PredictionTable(used, Selection()), expected)
    if ending == "csv":
        rest = [line.rsplit(",", 1)[0] for line in path.read_text().splitlines()]
        assert rest == [line.rsplit(",", 1)[0] for line in expected.read_text().splitlines()]
    else:
        columns = pq.read_table(path).drop(["true label"])
        assert columns == pq.read_table(expected).drop(["true label"])
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == sorted(
        [path.name, expected.name]
    )


OTHERS: dict[str, Callable[[Path], object]] = {
    "absent.csv": lambda _: None,
    "empty.csv": Path.touch,
    "foreign.csv": lambda path: path.write_text("name,id\njane.doe,1\n"),
    "broken.parquet": lambda path: path.write_bytes(b"PAR1 and so on"),
    "notes.txt": lambda path: path.write_text(PERSON),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_not_an_exported_table_stops_before_anything_is_deleted(
    used: ModelStore, tmp_path: Path, name: str
) -> None:
    OTHERS[name](tmp_path / name)
    with pytest.raises(ExportedTableError, match=name):
        forget(used, WantedIds([PERSON]), [ExportedTable(tmp_path / name)])
    assert (ids(used.layout), recorded(used)) == (["a", PERSON, "b"], [])
