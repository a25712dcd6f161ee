"""Backups and restores that are killed, or find a full disk, before each of their changes.

The quick form takes every third change of a restore.
"""

import errno
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, PREDICTIONS, RESTORE_PREFIX
from shared.errors import NotAStoreError, StoreWriteError
from shared.forgetting.forgetting import forget
from shared.forgetting.wanted_ids import WantedIds
from shared.maintenance.backup_steps import write_backup
from shared.maintenance.restore_steps import restore_file
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore, open_for_writing, open_store
from tests.faults.killing import CHANGES, dies_before_change
from tests.faults.support.effort import figure
from tests.support.models.toy import toy_model
from tests.support.stores.backups import restored
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.stores.row_logs import logged, write_rows


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """Make a small store: one version and one undecided candidate."""
    root = tmp_path_factory.mktemp("kept") / "store"
    store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS)
    promote(store, toy_model())
    toy_candidate().publish(store)
    return store


@pytest.fixture(scope="module")
def archive(kept: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a backup of the small store."""
    path = tmp_path_factory.mktemp("archive") / "kept.tar.gz"
    write_backup(kept, path)
    return path


def test_a_killed_backup_leaves_no_file_under_its_name(kept: ModelStore, tmp_path: Path) -> None:
    path, turn, killed = tmp_path / "b.tar.gz", 0, True
    while killed:
        turn += 1
        killed = dies_before_change(turn, partial(write_backup, kept, path))
        if path.exists():
            restored(path, tmp_path / "new")
            shutil.rmtree(tmp_path / "new")
            path.unlink()
        else:
            assert killed
    assert turn > 5, "the sweep must have met something to kill"


def is_as_if_never_restored(root: Path) -> bool:
    """Return whether services refuse *root* or find an empty store there."""
    try:
        store = open_store(root)
    except NotAStoreError as refused:
        return "make restore" in str(refused)
    return (outcomes(store), store.registry.read(), store.candidates.ids()) == ([], None, [])


def test_a_killed_restore_leaves_nothing_to_serve_and_can_be_run_again(
    archive: Path, tmp_path: Path
) -> None:
    complete, turn, killed = 0, 0, True
    while killed:
        turn += figure(quick=3, full=1)
        root = tmp_path / f"killed-{turn}"
        killed = dies_before_change(turn, partial(restore_file, str(archive), root))
        if is_as_if_never_restored(root):
            assert killed
            restored(archive, root)
        else:
            complete += 1
        assert check_store(open_store(root)) == []
        assert outcomes(ModelStore(root)) == ["promoted"]
        assert len(ModelStore(root).candidates.ids()) == 1
        shutil.rmtree(root)
    assert turn > 50, "the sweep must have met something to kill"
    assert complete <= 2, "once it is through, and before the last fsync"


def test_a_restore_that_follows_a_killed_one_may_be_killed_too(
    archive: Path, tmp_path: Path
) -> None:
    def kill_late(root: Path) -> bool:
        """Kill a restore while it moves files to their final names."""
        turns = itertools.count(1)
        while dies_before_change(next(turns), partial(restore_file, str(archive), root)):
            if (ModelStore(root).layout.restoring / CANDIDATES).exists():
                return True
        return False

    assert kill_late(tmp_path / "half")
    turn, killed = 0, True
    while killed:
        turn += figure(quick=5, full=1)
        root = tmp_path / f"again-{turn}"
        shutil.copytree(tmp_path / "half", root)
        killed = dies_before_change(turn, partial(restore_file, str(archive), root))
        if is_as_if_never_restored(root):
            restored(archive, root)
        assert check_store(open_store(root)) == []
        shutil.rmtree(root)


def test_a_gatekeeper_removes_what_an_abandoned_restore_left(archive: Path, tmp_path: Path) -> None:
    root = tmp_path / "store"
    assert dies_before_change(20, partial(restore_file, str(archive), root))
    (left,) = root.iterdir()
    store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS)
    gatekeeper_of(store).poll()
    assert left.exists(), "it may still be at work"
    os.utime(left, (0, 0))
    gatekeeper_of(store).poll()
    assert not left.exists()
    assert check_store(store) == []


def test_a_deletion_removes_the_rows_that_a_killed_restore_has_unpacked(
    kept: ModelStore, tmp_path: Path
) -> None:
    used = ModelStore(shutil.copytree(kept.layout.root, tmp_path / "used"))
    write_rows(used.layout, 1, [logged("jane.doe")])
    write_backup(used, tmp_path / "b.tar.gz", with_rows=True)
    root, turns = tmp_path / "store", itertools.count(1)
    while not [*root.glob(f"{RESTORE_PREFIX}*/{PREDICTIONS}/*/*")]:
        shutil.rmtree(root, ignore_errors=True)
        restore = partial(restore_file, str(tmp_path / "b.tar.gz"), root)
        assert dies_before_change(next(turns), restore)
    store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS)

    done = forget(store, WantedIds(["jane.doe"]), [])

    assert done.is_nothing
    assert not [*root.glob(f"{RESTORE_PREFIX}*")]
    assert not any(b"jane.doe" in path.read_bytes() for path in root.rglob("*") if path.is_file())


@pytest.fixture
def full_from() -> Iterator[Callable[[int], None]]:
    """Make every change that needs space fail, from the given one on."""
    real = {name: getattr(os, name) for name in CHANGES}
    left = 0

    def failing(change: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return change(*arguments, **options)

        return call

    def start(turn: int) -> None:
        nonlocal left
        left = turn
        for name in ("write", "fsync", "link", "rename", "mkdir"):
            setattr(os, name, failing(real[name]))

    def stop() -> None:
        for name, change in real.items():
            setattr(os, name, change)

    def switch(turn: int) -> None:
        stop()
        if turn:
            start(turn)

    yield switch
    stop()


def test_a_full_disk_ends_a_backup_with_nothing_under_its_name(
    kept: ModelStore, tmp_path: Path, full_from: Callable[[int], None]
) -> None:
    failed = 0
    for turn in itertools.count(1):
        path = tmp_path / f"{turn}.tar.gz"
        full_from(turn)
        try:
            write_backup(kept, path)
        except StoreWriteError:
            full_from(0)
            failed += 1
            assert not any(entry.name.startswith(".") for entry in tmp_path.iterdir())
            if path.exists():  # complete, but perhaps not durable
                restored(path, tmp_path / "new")
                shutil.rmtree(tmp_path / "new")
        else:
            break
    assert failed > 3


def test_a_full_disk_ends_a_restore_that_can_be_run_again(
    archive: Path, tmp_path: Path, full_from: Callable[[int], None]
) -> None:
    failed = 0
    for turn in itertools.count(1, figure(quick=3, full=1)):
        root = tmp_path / f"full-{turn}"
        full_from(turn)
        try:
            restore_file(str(archive), root)
        except StoreWriteError:
            full_from(0)
            failed += 1
            if is_as_if_never_restored(root):
                restored(archive, root)
            assert check_store(open_store(root)) == []
            shutil.rmtree(root, ignore_errors=True)
        else:
            break
    assert failed > 15
