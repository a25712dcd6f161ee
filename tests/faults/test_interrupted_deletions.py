"""`make forget` and `make predictions` with a failing disk, and with a loss of power.

strace lists their system calls on the store and on the tables, as for the scenes of the sweeps.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.errors import ModelgateError
from shared.store.store import ModelStore
from tests.faults.support.deletions import (
    FORMATS,
    assert_forgotten,
    assert_nothing_else_is_lost,
    copy,
    delete,
    errors_of,
    export,
    fill,
)
from tests.faults.support.effort import sampled
from tests.faults.support.loop_disk import LOG_FLUSHED, NOTHING_FLUSHED, LoopDisk
from tests.faults.support.record import Record
from tests.faults.support.tracing import REFUSED, Point, disturbed, steps
from tests.support.processes.forks import fork

pytestmark = pytest.mark.usefixtures("strace")
ERRORS = ("ENOSPC", "EIO")
FLAGS = (None, LOG_FLUSHED, NOTHING_FLUSHED)
"""How the power is cut before the command is repeated; None if it is only killed."""


@dataclass(frozen=True)
class Kept:
    """A directory with a store and tables. Each run gets a copy."""

    directory: Path
    scratch: Path

    def list_changes(self, act: Callable[[ModelStore], object]) -> list[Point]:
        """Run a command on a copy, and return its changes of the store and of tables."""
        act(copy(self.directory, self.scratch / "warm"))  # late imports happen now
        store = copy(self.directory, self.scratch / "listed")
        found = steps(store, act, self.scratch / "trace", store.layout.root.parent)
        for name in ("warm", "listed"):
            shutil.rmtree(self.scratch / name)
        return [point for point in found if not point.is_read]

    def fail(
        self, act: Callable[[ModelStore], object], quick: int, record: Record
    ) -> Iterator[tuple[ModelStore, bool]]:
        """Let the disk fail at changes; yield each store, and whether the command succeeded."""
        every = [
            (point, error, sticky)
            for point in self.list_changes(act)
            for error in ERRORS
            for sticky in (False, True)
        ]
        runs = sampled(every, quick=quick)
        for point, error, sticky in runs:
            store = copy(self.directory, self.scratch / "failed")
            status = disturbed(store, explained(act), point.failing(error, sticky=sticky)).status
            assert status in {0, REFUSED}, f"{point} {error} ended with {status}"
            yield store, status == 0
            shutil.rmtree(self.scratch / "failed")
        record.add("deletions on failing disks", "runs", len(runs))


def explained(act: Callable[[ModelStore], object]) -> Callable[[ModelStore], object]:
    """Let a command count as defective if its error names no file, or is wrong about the rest."""

    def run(store: ModelStore) -> None:
        try:
            act(store)
        except OSError as error:
            if error.filename is None:
                os._exit(1)
            raise
        except ModelgateError as error:
            if act is delete and "Nothing was changed" in str(error):
                os._exit(1)
            raise

    return run


@pytest.fixture
def kept(store: ModelStore, tmp_path: Path) -> Kept:
    """Make a directory with a store and tables."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Kept(fill(store), scratch)


@pytest.mark.timeout(3600)  # a full run has 300 failures
def test_a_forget_on_a_failing_disk_says_so_and_loses_no_other_row(
    kept: Kept, record: Record
) -> None:
    for store, has_succeeded in kept.fail(delete, 8, record):
        assert_nothing_else_is_lost(store)
        if not has_succeeded:
            delete(store)
        assert_forgotten(store)


@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_on_a_failing_disk_says_so_and_leaves_no_half_table(
    kept: Kept, record: Record, ending: str
) -> None:
    for store, has_succeeded in kept.fail(export(ending), 4, record):
        target = store.layout.root.parent / f"new.{ending}"
        if not has_succeeded and not target.exists():
            export(ending)(store)
        assert_exported(store, target)


def assert_exported(store: ModelStore, target: Path) -> None:
    assert target.read_bytes() == target.with_name(f"out{target.suffix}").read_bytes()
    assert not [path for path in target.parent.iterdir() if path.name.startswith(".")]
    assert errors_of(store) == []


def run_alone(act: Callable[[ModelStore], object], store: ModelStore) -> None:
    """Run a command in a process, which leaves no file open: the disk is unmounted next."""
    assert fork(lambda: act(store)).wait() == 0


class PowerlessDisk:
    """A disk with a copy of the store and the tables, which loses its power."""

    def __init__(self, kept: Kept) -> None:
        self._disk = LoopDisk(kept.scratch)
        self._image = kept.scratch / "kept.img"
        self._disk.format()
        self._disk.mount()
        copy(kept.directory, self._disk.root / "case")
        os.sync()
        self._disk.unmount()
        self._disk.keep(self._image)

    def cut(
        self, act: Callable[[ModelStore], object], runs: Sequence[tuple[Point | None, int | None]]
    ) -> Iterator[tuple[ModelStore, bool]]:
        """Yield the store after each interruption, and whether the command had succeeded.

        The power is lost again before the next one, and the store is yielded once more.
        """
        for point, flag in runs:
            self._disk.put_back(self._image)
            self._disk.mount()
            try:
                store = ModelStore(self._disk.root / "case" / "store")
                status = disturbed(store, act, point.killed() if point else []).status
                assert status == (-9 if point else 0)
                self._cut(flag)
                yield store, point is None
                self._cut(NOTHING_FLUSHED)
                yield store, True
            finally:
                self._disk.unmount()

    def _cut(self, flag: int | None) -> None:
        if flag is not None:
            self._disk.cut_power(flag)
            self._disk.mount()


@pytest.mark.timeout(3600)  # a full run cuts the power 600 times
@pytest.mark.usefixtures("loop_devices")
def test_a_person_who_was_forgotten_does_not_come_back_after_a_loss_of_power(
    kept: Kept, record: Record
) -> None:
    every = [(point, flag) for point in (*kept.list_changes(delete), None) for flag in FLAGS]
    runs = sampled(every, quick=5)
    for store, has_succeeded in PowerlessDisk(kept).cut(delete, runs):
        assert_nothing_else_is_lost(store)
        if not has_succeeded:
            run_alone(delete, store)
        assert_forgotten(store)
    record.add("power loss of deletions", "cuts", len(runs))


@pytest.mark.usefixtures("loop_devices")
@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_is_whole_or_absent_after_a_loss_of_power(
    kept: Kept, record: Record, ending: str
) -> None:
    act = export(ending)
    every = [(point, flag) for point in (*kept.list_changes(act), None) for flag in FLAGS[1:]]
    runs = sampled(every, quick=3)
    for store, has_succeeded in PowerlessDisk(kept).cut(act, runs):
        target = store.layout.root.parent / f"new.{ending}"
        if not has_succeeded and not target.exists():
            run_alone(act, store)
        assert_exported(store, target)
    record.add("power loss of exports", "cuts", len(runs))
