"""A search on a scheduler and workers in processes of their own: their failures too."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from tests.support.processes.dask_cluster import DaskProcesses, dask_processes
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from trainer.cluster.connection import open_cluster
from trainer.cluster.trial_pool import DaskTrialPool
from trainer.console import Console
from trainer.dataset.load import load_dataset
from trainer.dataset.split import split_dataset
from trainer.export.export import export_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext
from trainer.fitting.trial_pool import MakePool, ThreadTrialPool
from trainer.settings import TrainerSettings

pytestmark = pytest.mark.thorough

TABLE = """
import os

from sklearn.ensemble import RandomForestClassifier

from my_steps import Gate, Looking

FORESTS = {"forest": (RandomForestClassifier(20), {"max_depth": [1, 2, 3, 4, 5, 6, 7, 8]})}
WAITING = {"forest": (Gate(n_estimators=20, folder=os.environ.get("GATE_FOLDER", "")),
           {"max_depth": [2, 3, 4, 5, 6]})}
LOOKING = {"forest": (Looking(folder=os.environ.get("GATE_FOLDER", "")),
           {"max_depth": [2, 3, 4, 5, 6, 7, 8, 9]})}
"""
STEPS = """
import os
import time
from pathlib import Path

from sklearn.ensemble import RandomForestClassifier


class Gate(RandomForestClassifier):
    \"\"\"A forest whose fit says that it begins, and waits until it may end.\"\"\"

    def __init__(self, folder="", n_estimators=20, max_depth=None, random_state=None):
        super().__init__(n_estimators, max_depth=max_depth, random_state=random_state)
        self.folder = folder

    def fit(self, X, y):
        if self.folder:
            Path(self.folder, f"begun-{os.getpid()}-{self.max_depth}").touch()
            while not Path(self.folder, "go").exists():
                time.sleep(0.02)
        return super().fit(X, y)


class Looking(Gate):
    \"\"\"A forest that says where in memory its rows are.\"\"\"

    def fit(self, X, y):
        address = X.to_numpy().__array_interface__["data"][0]
        Path(self.folder, f"rows-{os.getpid()}-{address}-{self.max_depth}").touch()
        return super().fit(X, y)
"""


class Trainer:
    """The trainer, run in a folder with the user's modules, which the workers lack."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.gate = folder / "gate"
        self.gate.mkdir()
        (folder / "my_table.py").write_text(TABLE)
        (folder / "my_steps.py").write_text(STEPS)

    def start(self, table: str, **variables: str) -> subprocess.Popen[str]:
        own = {name: value for name, value in os.environ.items() if "TRAINER_" not in name}
        settings = {
            "PYTHONPATH": str(ROOT),
            "STORE_DIR": str(self.store),
            "TRAINER_CANDIDATES": f"my_table:{table}",
            "TRAINER_SEARCH": "8",
            "TRAINER_WAIT_SECONDS": "0",
            "ALLOW_JOBLIB": "true",  # a class of the user has no ONNX
        }
        return subprocess.Popen(
            [sys.executable, "-m", "trainer"],
            cwd=self.folder,
            env={**own, **settings, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, table: str, **variables: str) -> tuple[int, str, str]:
        process = self.start(table, **variables)
        output, errors = process.communicate(timeout=240)
        return process.returncode, output, errors

    def manifests(self) -> list[dict[str, Any]]:
        paths = sorted((self.store / "candidates").glob("*/manifest.json"))
        return [json.loads(path.read_text()) for path in paths]

    def begun(self) -> set[tuple[int, str]]:
        """Return the process and the setting of each fit that has begun."""
        names = [path.name.split("-") for path in self.gate.glob("begun-*")]
        return {(int(process), setting) for _, process, setting in names}


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    return Trainer(tmp_path)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskProcesses]:
    with dask_processes(tmp_path / "dask") as started:
        for _ in range(2):
            started.start_worker()
        yield started


def scheduled(cluster: DaskProcesses) -> int:
    """Return how many tasks the scheduler knows."""
    from distributed import Client  # noqa: PLC0415 - slow to import

    with Client(cluster.address, set_as_default=False) as client:
        return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))


ESTIMATORS = {
    "linear": make_pipeline(StandardScaler(), LogisticRegression()),
    "forest": RandomForestClassifier(10),
    "histograms": HistGradientBoostingClassifier(max_iter=10),
    "lightgbm": LGBMClassifier(n_estimators=10, verbosity=-1),
    "xgboost": XGBClassifier(n_estimators=10),
}


def digests(context: TrialContext, make_pool: MakePool) -> dict[str, str]:
    trials = fit_candidates(ESTIMATORS, context, Console(io.StringIO()), make_pool=make_pool)
    found = {}
    for trial in trials:
        assert trial.fitted is not None, trial.result.error
        exported = export_candidate(
            trial.fitted, context.schema, context.splits, allow_joblib=False
        )
        found[trial.result.name] = exported.digest
    return found


def test_every_library_gives_the_same_artefact_as_one_process(cluster: DaskProcesses) -> None:
    data = load_dataset(TrainerSettings(), "f1")
    context = TrialContext(split_dataset(data, ""), data.schema, "f1", seed=42)

    with open_cluster(cluster.address, Console(io.StringIO())) as opened:
        there = digests(context, lambda context, _: DaskTrialPool(opened, None, context))

    assert there == digests(context, ThreadTrialPool)


def test_a_local_cluster_trains_as_one_process_and_leaves_no_process(trainer: Trainer) -> None:
    for dask in ("", "local:2"):
        status, _, errors = trainer.run("FORESTS", TRAINER_DASK=dask, TRAINER_SEARCH="2")
        assert status == 4, errors

    one, other = trainer.manifests()
    assert one["digest"] == other["digest"]
    assert [c["metrics"] for c in one["candidates"]] == [c["metrics"] for c in other["candidates"]]
    here = str(trainer.folder)
    wait_for(
        lambda: not [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == here],
        "the end of all processes of the cluster",
    )


def test_the_trial_of_a_killed_worker_runs_again(trainer: Trainer, cluster: DaskProcesses) -> None:
    run = trainer.start("WAITING", TRAINER_DASK=cluster.address, GATE_FOLDER=str(trainer.gate))
    wait_for(lambda: len(trainer.begun()) == 2, "a fit on each worker", within=120)
    killed, setting = min(trainer.begun())

    os.kill(killed, signal.SIGKILL)
    (trainer.gate / "go").touch()

    _, errors = run.communicate(timeout=240)
    assert run.returncode == 4, errors
    assert [process != killed for process, name in trainer.begun() if name == setting].count(True)
    (trained,) = trainer.manifests()[0]["candidates"]
    assert trained["error"] is None
    assert trained["settings_tried"] == 5


def test_a_lost_scheduler_is_one_sentence_and_nothing_is_published(
    trainer: Trainer, cluster: DaskProcesses
) -> None:
    run = trainer.start("WAITING", TRAINER_DASK=cluster.address, GATE_FOLDER=str(trainer.gate))
    wait_for(lambda: len(trainer.begun()) == 2, "a fit on each worker", within=120)

    cluster.scheduler.kill()
    _, errors = run.communicate(timeout=240)
    (trainer.gate / "go").touch()

    assert run.returncode == 1
    assert errors == (
        f"error: The Dask scheduler of TRAINER_DASK={cluster.address} was lost during the fits. "
        "Nothing was published. Start it again, then train again.\n"
    )
    assert trainer.manifests() == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_cancels_its_trials(
    trainer: Trainer, cluster: DaskProcesses, number: signal.Signals, status: int
) -> None:
    run = trainer.start("WAITING", TRAINER_DASK=cluster.address, GATE_FOLDER=str(trainer.gate))
    wait_for(lambda: len(trainer.begun()) == 2, "a fit on each worker", within=120)

    run.send_signal(number)
    _, errors = run.communicate(timeout=240)

    assert run.returncode == status
    assert errors == f"Stopped by {number.name}.\n"
    wait_for(lambda: scheduled(cluster) == 0, "no task", within=60)
    (trainer.gate / "go").touch()
    assert len(trainer.begun()) == 2
    assert trainer.manifests() == []


def test_workers_with_other_code_are_refused_by_name(trainer: Trainer, tmp_path: Path) -> None:
    with dask_processes(tmp_path / "dask") as cluster:
        elsewhere = tmp_path / "elsewhere"
        (elsewhere / "trainer").mkdir(parents=True)
        (elsewhere / "trainer" / "__init__.py").write_text("")
        cluster.start_worker(variables={"PYTHONPATH": str(elsewhere), "PYTHONSAFEPATH": "1"})

        status, _, errors = trainer.run("FORESTS", TRAINER_DASK=cluster.address)

    assert status == 2
    assert "Nothing was fitted, because Dask workers differ from the trainer: tcp://127." in errors
    assert "cannot run the trainer's code (ModuleNotFoundError(" in errors
    assert trainer.manifests() == []


def test_each_worker_loads_the_rows_once_for_all_trials(
    trainer: Trainer, cluster: DaskProcesses
) -> None:
    run = trainer.start("LOOKING", TRAINER_DASK=cluster.address, GATE_FOLDER=str(trainer.gate))
    wait_for(lambda: len(trainer.begun()) == 2, "a fit on each worker", within=120)
    (trainer.gate / "go").touch()
    _, errors = run.communicate(timeout=240)

    assert run.returncode == 4, errors
    looks = [path.name.split("-")[1:3] for path in trainer.gate.glob("rows-*")]
    assert len(looks) == 9
    assert len({process for process, _ in looks}) == 2
    assert len({(process, address) for process, address in looks}) == 2
