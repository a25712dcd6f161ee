"""A folder of Parquet is read in parts by workers, trained, gated and ready to be served."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import Client

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.live.reference_file import read_reference
from shared.store.models import read_artefact
from shared.store.store import ModelStore
from tests.support.processes.dask_cluster import DaskProcesses, dask_processes
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.gatekeeping import gatekeeper_of

pytestmark = pytest.mark.thorough

HOLDOUT_ROWS = 400


def write_part(folder: Path, number: int, rows: int = 3_000) -> None:
    """Write one file of a table with numbers, missing values and categories."""
    random = np.random.default_rng(number)
    width, height = random.normal(size=(2, rows))
    colour = random.choice(["red", "green", "blue"], rows)
    score = width + height + (colour == "red") + random.normal(scale=0.3, size=rows)
    table = pd.DataFrame({"width": width, "height": height, "colour": colour})
    table.loc[random.random(rows) < 0.1, "height"] = np.nan
    table["late"] = np.where(score > 0, "yes", "no")
    table["minutes"] = score
    folder.mkdir(exist_ok=True)
    table.to_parquet(folder / f"{number}.parquet", row_group_size=1_000)


def start_training(store: ModelStore, folder: Path, **settings: str) -> subprocess.Popen[str]:
    """Start to train in parts on two workers."""
    own = {name: value for name, value in os.environ.items() if "TRAINER_" not in name}
    settings |= {
        "STORE_DIR": str(store.layout.root),
        "TRAINER_DATASET": str(folder),
        "TRAINER_HOLDOUT_ROWS": str(HOLDOUT_ROWS),
        "TRAINER_WAIT_SECONDS": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "trainer"],
        cwd=ROOT,
        env=own | {"TRAINER_DASK": "local:2"} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def train(store: ModelStore, folder: Path, **settings: str) -> dict[str, Any]:
    """Train in parts on two workers; return the manifest of the candidate."""
    run = start_training(store, folder, **settings)
    _, errors = run.communicate(timeout=240)
    assert run.returncode == 4, errors  # published, and nobody decides yet
    newest = store.layout.candidate(store.candidates.ids()[-1])
    manifest: dict[str, Any] = json.loads((newest / "manifest.json").read_text())
    return manifest


@pytest.mark.parametrize(
    ("metric", "target", "other"), [("accuracy", "late", "minutes"), ("r2", "minutes", "late")]
)
def test_a_table_in_parts_is_trained_and_promoted(
    store: ModelStore, tmp_path: Path, metric: str, target: str, other: str
) -> None:
    folder = tmp_path / "rides"
    for number in range(4):
        write_part(folder, number)
    chosen = {"METRIC": metric, "TRAINER_TARGET": target, "TRAINER_DROP": other}
    gatekeeper = gatekeeper_of(store, GatePolicy(metric=metric))

    first = train(store, folder, **chosen)
    gatekeeper.poll()

    registry = store.decision_log().registry
    assert registry is not None
    assert registry.version == 1
    assert registry.metrics[metric] > 0.8
    assert registry.model_name == "xgboost"
    directory = store.models.directory(registry.digest)
    found = read_reference(directory, read_artefact(directory, registry.digest))
    assert found is not None
    assert found.reference.rows == HOLDOUT_ROWS, "a sample of the training rows"
    assert first["data"]["rows"] == 12_000
    assert first["data"]["parts"]["holdout"] == HOLDOUT_ROWS

    write_part(folder, 4)
    second = train(store, folder, **chosen)
    gatekeeper.poll()

    assert second["data"]["rows"] == 15_000
    assert second["data"]["parts"]["holdout"] == HOLDOUT_ROWS
    decision = store.decision_log().entries[-1].decision
    retained = next(check for check in decision.checks if check.name == "holdout-retained")
    assert retained.passed
    assert retained.observed == 0


OBJECTIVE = """
from xgboost import XGBRegressor


def halved(truth, predictions):
    return (predictions - truth) / 2, truth * 0 + 0.5


TABLE = {"own objective": XGBRegressor(objective=halved)}
"""


def test_an_objective_of_the_users_module_is_sent_to_the_workers(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "rides"
    write_part(folder, 0)
    write_part(folder, 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "objectives.py").write_text(OBJECTIVE)
    with dask_processes(tmp_path / "dask") as cluster:
        for _ in range(2):
            cluster.start_worker()
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "mine"))  # of the trainer only
        manifest = train(
            store,
            folder,
            METRIC="r2",
            TRAINER_DASK=cluster.address,
            TRAINER_TARGET="minutes",
            TRAINER_DROP="late",
            TRAINER_CANDIDATES="objectives:TABLE",
        )

    (candidate,) = manifest["candidates"]
    assert candidate["error"] is None
    assert candidate["metrics"]["r2"] > 0.8


ENDLESS = """
from xgboost import XGBClassifier

TABLE = {"endless": XGBClassifier(n_estimators=10**9)}
"""


def are_fitting(cluster: DaskProcesses) -> bool:
    """Return whether both workers run the function of XGBoost, which Dask calls `fn`."""
    with Client(cluster.address, set_as_default=False) as client:
        running = [str(task) for tasks in client.processing().values() for task in tasks]
    return sum(task.startswith("fn-") for task in running) == 2


def test_a_worker_that_ends_during_a_fit_is_named_as_the_reason(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "rides"
    write_part(folder, 0)
    write_part(folder, 1)
    (tmp_path / "endless.py").write_text(ENDLESS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with dask_processes(tmp_path / "dask") as cluster:
        workers = [cluster.start_worker() for _ in range(2)]
        run = start_training(
            store,
            folder,
            METRIC="accuracy",
            TRAINER_DASK=cluster.address,
            TRAINER_TARGET="late",
            TRAINER_DROP="minutes",
            TRAINER_CANDIDATES="endless:TABLE",
        )
        wait_for(lambda: are_fitting(cluster), "a fit on both workers", within=180)

        workers[0].kill()
        _, errors = run.communicate(timeout=240)

    assert run.returncode == 2
    assert errors == (
        "error: No estimator can be published: endless: a Dask worker ended during the fit, "
        "probably for lack of memory; give the workers more memory, or start more of them. "
        "See docs/estimators.md.\n"
    )
    assert store.candidates.ids() == []
