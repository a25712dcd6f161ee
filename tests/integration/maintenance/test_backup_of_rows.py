"""A backup contains rows of people only on request, and says so."""

import gzip
import itertools
import os
import stat
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from shared.contract.layout import DELETIONS, FEEDBACK, PREDICTIONS
from shared.maintenance.backup_steps import write_backup
from shared.maintenance.restore_steps import restore_file
from shared.prediction_log.deletions import Deletion, Deletions
from shared.store.durable_write import replace_file
from shared.store.store import ModelStore
from tests.faults.killing import dies_before_change
from tests.support.stores.backups import files, restored
from tests.support.stores.row_logs import (
    WORKER,
    logged,
    write_hidden_rows,
    write_labels,
    write_rows,
)

PERSON = b"jane.doe"


@pytest.fixture
def used(store: ModelStore) -> ModelStore:
    """Make a store with rows, a hidden segment, labels with a torn end, and a deletion."""
    write_rows(store.layout, 1, [logged("jane.doe")])
    write_hidden_rows(store.layout, 2, [logged("later")])
    with write_labels(store.layout, 1, {"jane.doe": 1}).open("ab") as file:
        file.write(b'{"id": "torn')
    deletion = Deletion(at=datetime(2026, 1, 31, tzinfo=UTC), rows=1, labels=0, exported_rows=0)
    replace_file(store.layout.deletions, Deletions(deletions=(deletion,)).encode())
    return store


def run(command: str, store: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", f"shared.maintenance.{command}", *arguments],
        env=os.environ | {"STORE_DIR": str(store)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr + done.stdout


def test_without_the_option_no_row_leaves_the_store(used: ModelStore, tmp_path: Path) -> None:
    said = run("backup", used.layout.root, str(tmp_path / "b.tar.gz"))
    assert "without the logged rows and labels (ROWS=yes adds them)" in said
    again = restored(tmp_path / "b.tar.gz", tmp_path / "new")
    found = files(again.layout.root)
    assert not any(PERSON in data for data in found.values())
    assert found[DELETIONS] == used.layout.deletions.read_bytes()


def test_with_rows_the_whole_lines_of_published_segments_come_back(
    used: ModelStore, tmp_path: Path
) -> None:
    said = run("backup", used.layout.root, "--rows", str(tmp_path / "b.tar.gz"))
    assert "2 segments of logged rows and labels" in said
    before = os.umask(0)
    try:
        again = restored(tmp_path / "b.tar.gz", tmp_path / "new").layout
    finally:
        os.umask(before)
    segment, labels = again.prediction_segment(WORKER, 1), again.feedback_segment(1)
    assert segment.read_bytes() == used.layout.prediction_segment(WORKER, 1).read_bytes()
    whole = used.layout.feedback_segment(1).read_bytes().removesuffix(b'{"id": "torn')
    assert labels.read_bytes() == whole
    assert [path.name for path in segment.parent.iterdir()] == [segment.name]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (segment, labels)}
    assert modes == {0o640}
    directories = (again.predictions, segment.parent, again.feedback)
    assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o750}


def test_restored_segments_are_as_old_as_they_were(used: ModelStore, tmp_path: Path) -> None:
    """So PREDICTOR_LOG_DAYS and GATEKEEPER_LIVE_DAYS remove them at the same time."""
    segments = [used.layout.prediction_segment(WORKER, 1), used.layout.feedback_segment(1)]
    before = int(time.time())
    for old, expected in (1_700_000_000.25, 1_700_000_001), (-3.5, 0), (before + 1e6, before):
        for path in segments:
            os.utime(path, (old, old))
        backup, root = tmp_path / f"{old}.tar.gz", tmp_path / str(old)
        write_backup(used, backup, with_rows=True)
        layout = restored(backup, root).layout
        for path in layout.prediction_segment(WORKER, 1), layout.feedback_segment(1):
            changed = path.stat().st_mtime
            assert changed == expected or before == expected <= changed <= time.time()


@pytest.mark.parametrize("time_of_change", [-(10**20), 10**20])
def test_an_impossible_time_in_a_backup_harms_nothing(
    used: ModelStore, tmp_path: Path, time_of_change: int
) -> None:
    path = tmp_path / "b.tar.gz"
    write_backup(used, path, with_rows=True)
    with tarfile.open(path) as tar:
        info = tar.getmember(f"{FEEDBACK}/00000001.jsonl")
    data = bytearray(gzip.decompress(path.read_bytes()))
    info.mtime = time_of_change
    data[info.offset : info.offset_data] = info.tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(gzip.compress(data))
    changed = restored(path, tmp_path / "new").layout.feedback_segment(1).stat().st_mtime
    assert 0 <= changed <= time.time()


def test_a_killed_restore_of_rows_can_be_repeated(used: ModelStore, tmp_path: Path) -> None:
    write_backup(used, tmp_path / "b.tar.gz", with_rows=True)
    half = ModelStore(tmp_path / "new").layout
    half.restoring.mkdir(parents=True)
    for name in (PREDICTIONS, FEEDBACK):
        (half.root / name).mkdir()
        (half.root / name / "half").touch()
    half.deletions.touch()
    restore_file(str(tmp_path / "b.tar.gz"), half.root)
    assert sorted(path.name for path in half.feedback.iterdir()) == ["00000001.jsonl"]


def test_a_backup_names_the_hidden_files_of_killed_backups_in_its_folder(
    used: ModelStore, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    for turn in itertools.count(1):
        killed = dies_before_change(turn, partial(write_backup, used, folder / "old.tar.gz"))
        if left := [*folder.glob(".old.tar.gz-*")]:
            break
        assert killed
    (folder / ".compose.tar.gz-4711").write_bytes(gzip.compress(b"rows"))
    (folder / ".notes-2026").write_text("not a backup")
    (folder / "old-2025").write_bytes(gzip.compress(b"not hidden"))

    said = run("backup", used.layout.root, str(folder / "new.tar.gz"))

    notes = sorted(line for line in said.splitlines() if line.startswith("note: "))
    assert notes == [
        f"note: {path} is the file of a backup that was killed, or that runs now. "
        "If none runs, delete it."
        for path in sorted([folder / ".compose.tar.gz-4711", *left])
    ]
    assert "Wrote the backup" in said
    assert left[0].exists()
