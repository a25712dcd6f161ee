"""`python -m trainer` as a process that is stopped, killed, or finds a full disk."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contract.layout import CANDIDATES, DECISIONS
from shared.maintenance.store_checker import check_store
from shared.store.candidates import hidden_entries
from shared.store.store import ModelStore, open_for_writing
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.fake_services import deciding
from tests.support.sweep import sweep
from tests.support.tables.tables import blobs_csv

TABLE = """
from sklearn.linear_model import LogisticRegression
CANDIDATES = {"linear": LogisticRegression()}
"""
SLOW = """
from pathlib import Path
from sklearn.linear_model import LogisticRegression

class Slow(LogisticRegression):
    def fit(self, X, y):
        Path("fitting").touch()
        Path("go").read_bytes()  # a FIFO that nobody ever opens at its other end

CANDIDATES = {"slow": Slow()}
"""
SIGNALLED = """
import os, signal
from pathlib import Path
from table import CANDIDATES

real = os.fsync

def fsync(descriptor):
    real(descriptor)
    staged = Path(os.environ["STORE_DIR"]).glob("candidates/.staging-*/*")
    if len(list(staged)) == int(os.environ["FILES"]):
        os.kill(os.getpid(), signal.Signals[os.environ["SIGNAL"]])

os.fsync = fsync
"""
LOADING = """
import os, signal, sys
from table import CANDIDATES

called_back = None

def profile(frame, event, argument):
    global called_back
    if event == "call" and not called_back and is_called_by_an_extension(frame):
        called_back = frame.f_back.f_back
        os.kill(os.getpid(), signal.SIGTERM)
    elif event == "return" and frame is called_back and argument is not None:
        open("loaded", "w").close()

def is_called_by_an_extension(frame):
    back = frame.f_back
    return (
        frame.f_code.co_name not in ("create_module", "_call_with_frames_removed")
        and back is not None
        and back.f_code.co_name == "_call_with_frames_removed"
        and back.f_back.f_code.co_name == "create_module"
    )

sys.setprofile(profile)
"""
FILES_OF_A_CANDIDATE = 6


class Trainer:
    """The trainer's command in a directory with a small dataset and tables of candidates."""

    def __init__(self, directory: Path, store_dir: Path) -> None:
        self.directory = directory
        self.store = ModelStore(store_dir)
        blobs_csv(directory / "blobs.csv")
        tables = {"table": TABLE, "slow": SLOW, "signalled": SIGNALLED, "loading": LOADING}
        for name, source in tables.items():
            (directory / f"{name}.py").write_text(source)

    def start(self, *arguments: str, table: str = "table", **variables: object) -> "Process":
        settings = {
            "STORE_DIR": self.store.layout.root,
            "TRAINER_DATASET": "blobs.csv",
            "TRAINER_TARGET": "size",
            "TRAINER_CANDIDATES": f"{table}:CANDIDATES",
            "PYTHONPATH": ROOT,
            **variables,
        }
        known = ("TRAINER_", "STORE_", "LOG_", "METRIC", "ALLOW_JOBLIB")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(known)}
        return subprocess.Popen(
            [sys.executable, "-m", "trainer", *arguments],
            cwd=self.directory,
            env=clean | {name: str(value) for name, value in settings.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, table: str = "table", **variables: object) -> "Ended":
        return end_of(self.start(*arguments, table=table, **variables))


Process = subprocess.Popen[str]
Ended = tuple[int, str, str]
"""Exit status, standard output and standard error."""


def end_of(process: Process) -> Ended:
    output, error = process.communicate(timeout=240)
    return process.returncode, output, error


@pytest.fixture
def trainer(tmp_path: Path, store: ModelStore) -> Trainer:
    directory = tmp_path / "here"
    directory.mkdir()
    return Trainer(directory, store.layout.root)


def test_a_run_prints_its_story_on_standard_output_alone(trainer: Trainer) -> None:
    with deciding(trainer.store):
        status, output, error = trainer.run()

    assert (status, error) == (0, "")
    (candidate_id,) = trainer.store.candidates.ids()
    story = [
        *("Loading the data ...", "Data: blobs.csv", "Training estimators ..."),
        *("Exporting linear ...", "Scores on validation", "* linear", candidate_id),
        *("Waiting for the gatekeeper ...", "promoted to v1"),
    ]
    places = [output.index(part) for part in story]
    assert places == sorted(places)
    assert output.splitlines()[-1] == (
        "No heartbeat of a predictor was seen. v1 is served as soon as a predictor starts."
    )


@pytest.mark.thorough
def test_a_trainer_reaches_a_decision_though_nobody_reads_its_output(
    trainer: Trainer,
) -> None:
    with deciding(trainer.store):
        process = trainer.start()
        assert process.stdout is not None
        process.stdout.close()
        status, _, error = end_of(process)

    assert (status, error) == (0, "")
    (entry,) = trainer.store.decision_log().entries
    assert entry.decision.outcome == "promoted"


SIGNALS = {"SIGINT": signal.SIGINT, "SIGTERM": signal.SIGTERM}


@pytest.mark.parametrize("number", sweep(SIGNALS, "SIGINT"))
def test_a_fit_that_takes_for_ever_can_be_stopped(trainer: Trainer, number: signal.Signals) -> None:
    os.mkfifo(trainer.directory / "go")
    process = trainer.start(table="slow")
    wait_for((trainer.directory / "fitting").exists, "the fit to begin")

    process.send_signal(number)

    found, _, error = end_of(process)
    assert (found, error) == (128 + number, f"Stopped by {number.name}.\n")
    assert list(trainer.store.layout.candidates.iterdir()) == []


@pytest.mark.thorough
def test_a_trainer_stopped_while_loading_an_extension_ends_after_the_load(trainer: Trainer) -> None:
    status, _, error = trainer.run(table="loading")

    assert (trainer.directory / "loaded").exists()
    assert (status, error) == (143, "Stopped by SIGTERM.\n")
    assert list(trainer.store.layout.candidates.iterdir()) == []


def test_a_trainer_stopped_while_waiting_leaves_its_candidate_to_be_decided(
    trainer: Trainer,
) -> None:
    process = trainer.start(TRAINER_WAIT_SECONDS=600)
    (candidate_id,) = wait_for(trainer.store.candidates.ids, "the candidate")

    process.send_signal(signal.SIGTERM)

    assert end_of(process)[0] == 143
    assert trainer.store.candidates.ids() == [candidate_id]
    assert check_store(trainer.store) == []


def test_a_trainer_stopped_while_publishing_leaves_nothing(trainer: Trainer) -> None:
    status, _, error = trainer.run(table="signalled", SIGNAL="SIGTERM", FILES=3)

    assert (status, error) == (143, "Stopped by SIGTERM.\n")
    assert list(trainer.store.layout.candidates.iterdir()) == []


@pytest.mark.thorough
def test_a_trainer_killed_while_publishing_shows_nothing_and_the_next_run_works(
    trainer: Trainer,
) -> None:
    for files in (1, 1 + FILES_OF_A_CANDIDATE):  # also the one that the first run left
        status, _, _ = trainer.run(table="signalled", SIGNAL="SIGKILL", FILES=files)
        assert status == -signal.SIGKILL
        assert trainer.store.candidates.ids() == []
        assert {finding.kind for finding in check_store(trainer.store)} == {"note"}
    left = hidden_entries(trainer.store.layout.candidates)
    assert [len(list(staging.iterdir())) for staging in left] == [1, FILES_OF_A_CANDIDATE]
    for staging in left:
        os.utime(staging, (0, 0))

    status, _, _ = trainer.run(TRAINER_WAIT_SECONDS=0)

    assert status == 4
    assert len(trainer.store.candidates.ids()) == 1
    assert check_store(trainer.store) == [], "also without what the killed ones left"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system that is large enough for a store, but not for a candidate."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(path)]
    if os.getuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield path
    unmount = ["umount", str(path)]
    subprocess.run(unmount, check=True)


@pytest.mark.thorough
def test_a_trainer_publishes_nothing_on_a_full_disk_and_works_with_room(
    tmp_path: Path, small_disk: Path
) -> None:
    store = open_for_writing(small_disk, CANDIDATES, DECISIONS)
    (ballast := store.layout.decisions / ".tmp-ballast").write_bytes(bytes(120_000))
    trainer = Trainer(tmp_path, small_disk)

    status, _, error = trainer.run(TRAINER_WAIT_SECONDS=0)

    assert status == 1
    assert error.startswith("error: Could not write ")
    assert "No space left on device. Nothing was changed. Free space" in error
    assert error.count("\n") == 1
    assert list(store.layout.candidates.iterdir()) == []

    ballast.unlink()
    assert trainer.run(TRAINER_WAIT_SECONDS=0)[0] == 4
    assert len(store.candidates.ids()) == 1
