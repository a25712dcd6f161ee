"""Run the commands of a document, and a training after them."""

import os
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from shared.contract.documents import Manifest
from shared.errors import UndecidedError
from shared.settings import CommonSettings
from shared.store.store import open_store
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train


def train_as_documented(commands: str, directory: Path, candidates: str) -> tuple[str, Manifest]:
    """Run *commands* and then the trainer in *directory*. Return its output and manifest.

    The trainer runs in this process, with the variables that the commands have exported.
    """
    store, output = directory / "store", StringIO()
    settings = {"STORE_DIR": str(store), "TRAINER_CANDIDATES": candidates}
    done = subprocess.run(
        ["sh", "-e", "-c", f"{commands}\nenv -0"],
        cwd=directory,
        env={**os.environ, **settings, "TRAINER_WAIT_SECONDS": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    variables = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        for name, value in variables.items():
            patch.setenv(name, value)
        with pytest.raises(UndecidedError):
            train(CommonSettings(), TrainerSettings(), Console(output))
    published = open_store(store).candidates
    (candidate,) = published.ids()
    return output.getvalue(), published.manifest(candidate)
