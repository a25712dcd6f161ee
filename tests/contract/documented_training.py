"""Run the commands of a document, and a training after them."""

import os
import subprocess
import sys
from pathlib import Path

from shared.contract.documents import Manifest
from shared.store.store import open_store
from tests.support.project import ROOT


def train_as_documented(commands: str, directory: Path, **settings: str) -> tuple[str, Manifest]:
    """Run *commands* and the trainer in *directory*. Return its output and manifest."""
    store = directory / "store"
    variables = {"PYTHONPATH": ROOT, "STORE_DIR": store, "TRAINER_WAIT_SECONDS": 0, **settings}
    done = subprocess.run(
        ["sh", "-e", "-c", f'{commands}\nexec "$0" -m trainer', sys.executable],
        cwd=directory,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4, done.stderr  # published; nobody is here to decide
    candidates = open_store(store).candidates
    (candidate,) = candidates.ids()
    return done.stdout, candidates.manifest(candidate)
