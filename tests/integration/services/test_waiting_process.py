"""`python -m trainer.schedule` as a process: requests, kills, stops, and trainings by hand."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from shared.training.file_lock import is_trainer_waiting
from shared.training.training_files import TrainingFiles
from shared.training.training_status import FinishedTraining, TrainingRequest
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.tables.tables import blobs_csv

pytestmark = pytest.mark.thorough  # each one trains, with all libraries

TABLE = """
import os
from pathlib import Path
from sklearn.linear_model import LogisticRegression

if "FREE" not in os.environ:
    Path("training").touch()
    Path("go").read_bytes()  # a FIFO: the training waits until the test writes

CANDIDATES = {"linear": LogisticRegression()}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a table of candidates that waits for the test."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "table.py").write_text(TABLE)
    os.mkfifo(folder / "go")
    blobs_csv(folder / "blobs.csv")
    return folder


def environment(store: ModelStore, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "STORE_DIR": str(store.layout.root),
        "TRAINER_DATASET": str(folder / "blobs.csv"),
        "TRAINER_TARGET": "size",
        "TRAINER_CANDIDATES": "table:CANDIDATES",
        "TRAINER_WAIT_SECONDS": "0",
        "PYTHONPATH": f"{folder}:{ROOT}",
    }


def start(store: ModelStore, folder: Path, **settings: str) -> subprocess.Popen[bytes]:
    """Start a waiting trainer, whose output goes to the file `log`."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "trainer.schedule"],
            cwd=folder,
            env={**environment(store, folder), **settings},
            stdout=log,
            stderr=log,
        )


@contextmanager
def waiting(store: ModelStore, folder: Path, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a waiting trainer; end it, and all that it started, after the block."""
    process = start(store, folder, **settings)
    try:
        wait_for(lambda: pid_in_status(store) == process.pid, "its status")
        assert is_trainer_waiting(store.layout)
        yield process
    finally:
        for child in psutil.Process(process.pid).children() if process.poll() is None else []:
            child.kill()
        process.kill()
        process.wait()


def is_logged(folder: Path, text: str) -> bool:
    return text in (folder / "log").read_text()


def pid_in_status(store: ModelStore) -> int | None:
    status = TrainingFiles(store.layout).read_status()
    return status.pid if status else None


def request(store: ModelStore, number: int = 1) -> None:
    written = TrainingRequest(id=f"{number:032x}", requested_at=datetime.now(UTC), by=None)
    TrainingFiles(store.layout).write_request(written)


def last_run(store: ModelStore) -> FinishedTraining | None:
    status = TrainingFiles(store.layout).read_status()
    return status.last_run if status and not status.running else None


def training_child(process: subprocess.Popen[bytes], folder: Path) -> psutil.Process:
    """Return the training, when it waits for the test."""
    wait_for((folder / "training").exists, "a training")
    (folder / "training").unlink()
    return psutil.Process(process.pid).children()[0]


def let_train(folder: Path) -> None:
    (folder / "go").write_bytes(b"")


def test_a_request_is_trained_on_and_a_stop_ends_the_training(
    store: ModelStore, folder: Path
) -> None:
    with waiting(store, folder) as process:
        request(store)
        training_child(process, folder)
        let_train(folder)
        done = wait_for(lambda: last_run(store), "the end of the training")
        assert (done.result, done.candidate_id) == ("undecided", store.candidates.ids()[0])
        request(store, 2)
        child = training_child(process, folder)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        assert not child.is_running()
    assert is_logged(folder, "Published: candidate")
    assert is_logged(folder, "Stopped by SIGTERM.")
    stopped = last_run(store)
    assert stopped
    assert (stopped.result, len(store.candidates.ids())) == ("stopped", 1)
    assert not is_trainer_waiting(store.layout)
    assert [issue.message for issue in check_store(store) if issue.kind == "error"] == []


def test_a_killed_process_ends_its_training_and_the_next_one_repeats_it(
    store: ModelStore, folder: Path
) -> None:
    with waiting(store, folder) as process:
        request(store)
        child = training_child(process, folder)
        process.kill()
        process.wait()
        wait_for(lambda: not child.is_running(), "the end of the training")
    with waiting(store, folder):
        failed = wait_for(lambda: last_run(store), "the end of the training in the status")
        assert (failed.result, failed.candidate_id) == ("failed", None)
        assert "ended before the training did" in (failed.message or "")
    status = TrainingFiles(store.layout).read_status()
    assert status
    assert status.retry_at
    assert status.failures == 1
    assert store.candidates.ids() == []


def test_a_killed_training_is_reported(store: ModelStore, folder: Path) -> None:
    with waiting(store, folder) as process:
        request(store)
        training_child(process, folder).kill()
        failed = wait_for(lambda: last_run(store), "the end of the training")
        assert "killed by signal 9" in (failed.message or "")


def test_the_error_of_a_training_is_in_the_status(store: ModelStore, folder: Path) -> None:
    with waiting(store, folder, TRAINER_TARGET="weight", FREE="1"):
        request(store)
        failed = wait_for(lambda: last_run(store), "the end of the training")
        assert (failed.result, "weight" in (failed.message or "")) == ("failed", True)


def test_a_training_by_hand_waits_for_the_one_by_request(store: ModelStore, folder: Path) -> None:
    with waiting(store, folder) as process:
        request(store)
        training_child(process, folder)
        with (folder / "log").open("ab") as log:
            by_hand = subprocess.Popen(
                [sys.executable, "-m", "trainer"],
                cwd=folder,
                env={**environment(store, folder), "FREE": "1"},
                stdout=log,
            )
        wait_for(lambda: is_logged(folder, "This one waits for it."), "the training by hand")
        assert store.candidates.ids() == []
        let_train(folder)
        assert by_hand.wait() == 4
        wait_for(lambda: last_run(store), "the end of the training")
    assert len(store.candidates.ids()) == 2


def test_a_second_process_takes_over_when_the_first_one_is_killed(
    store: ModelStore, folder: Path
) -> None:
    with waiting(store, folder) as first:
        second = start(store, folder)
        try:
            wait_for(lambda: is_logged(folder, "Another process waits"), "the second process")
            assert pid_in_status(store) == first.pid
            first.kill()
            wait_for(lambda: pid_in_status(store) == second.pid, "its turn")
        finally:
            second.kill()
            second.wait()


def test_settings_without_a_meaning_stop_the_start(store: ModelStore, folder: Path) -> None:
    for settings, expected in (
        ({"TRAINER_SCHEDULE": "daily"}, "Write five fields"),
        ({"TRAINER_TIMEZONE": "Vienna"}, "Europe/Vienna"),
        ({"TRAINER_WATCH": "true", "TRAINER_DATASET": ""}, "The default data never changes"),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "trainer.schedule"],
            cwd=folder,
            env={**environment(store, folder), **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, expected in ended.stderr) == (2, True), ended.stderr
