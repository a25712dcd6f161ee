"""Make stores with models that the trainer fitted and the gatekeeper promoted."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.harness.processes import Child, environment, run, running
from bench.harness.servers import Server, free_port
from gatekeeper.decisions.rollback import roll_back
from shared.contract.layout import JOBLIB_MODEL
from shared.store.store import ModelStore, open_store

LR = "logistic_regression"
RF = "forest_100"
_OK = 200


class PromotedModels:
    """A store whose version 1 is LR and version 2 RF-100, both on the default data."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._versions = {LR: 1, RF: 2}
        self.root = directory / "both"
        train_and_promote(self.root, directory / "gatekeeper.log", ["LOGISTIC", "FOREST_100"])

    def store_serving(self, model_name: str, name: str | None = None) -> Path:
        """Return a copy of the store in which *model_name* is in production."""
        root = self._directory / (name or f"serving-{model_name}")
        if not root.exists():
            shutil.copytree(self.root, root)
            store = open_store(root)
            if production_model(store) != model_name:
                roll_back(store, self._versions[model_name])
        return root

    def pickled(self, model_name: str) -> Path:
        """Return the path of the pickled pipeline in the candidate."""
        store = open_store(self.root)
        decisions = store.decision_log().decisions()
        candidate = next(d.candidate_id for d in decisions if d.model_name == model_name)
        assert candidate is not None  # noqa: S101 - it was promoted, not rolled back
        return store.layout.candidate(candidate) / JOBLIB_MODEL


def train_and_promote(root: Path, log: Path, tables: list[str], **settings: object) -> None:
    """Train each table of bench.harness.candidates, and promote it for every score."""
    with gatekeeper(root, log):
        for table in tables:
            run_trainer(root, TRAINER_CANDIDATES=f"bench.harness.candidates:{table}", **settings)


def run_trainer(root: Path, **settings: object) -> str:
    """Run the trainer until the decision, and return its output."""
    defaults = {"STORE_DIR": root, "TRAINER_WAIT_SECONDS": 120}
    env = environment(**(defaults | settings))
    return run([sys.executable, "-m", "trainer", "--require-promotion"], env=env)


@contextmanager
def gatekeeper_server(root: Path, log: Path, **settings: object) -> Iterator[Server]:
    """Run `python -m gatekeeper`, and wait until it answers."""
    port = free_port()
    with gatekeeper(root, log, port, **settings) as child:
        server = Server(f"http://127.0.0.1:{port}", child)
        child.wait_for(lambda: server.get("/livez")[0] == _OK, "the gatekeeper to answer")
        yield server


@contextmanager
def gatekeeper(
    root: Path, log: Path, port: int | None = None, **settings: object
) -> Iterator[Child]:
    """Run `python -m gatekeeper` with a policy that promotes every working model."""
    root.parent.mkdir(parents=True, exist_ok=True)
    defaults = {
        "STORE_DIR": root,
        "GATEKEEPER_PORT": port or free_port(),
        "GATEKEEPER_MIN_IMPROVEMENT": -0.99,
        "GATEKEEPER_POLL_SECONDS": 0.05,
    }
    env = environment(**(defaults | settings))
    command = [sys.executable, "-m", "gatekeeper", "--end-with-parent", str(os.getpid())]
    with running(command, log, env=env) as child:
        yield child


def production_model(store: ModelStore) -> str:
    """Return the name of the model in production."""
    registry = store.decision_log().registry
    assert registry is not None  # noqa: S101 - a model was promoted
    return registry.model_name
