"""Fixtures of tests that run a command of the trainer in this process."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.support.tables.tables import blobs_csv


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """Restore the signal handlers that the command has set."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def only_the_store(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set only the store of the test, and none of the trainer's other variables."""
    for name in os.environ:
        if name.startswith(("TRAINER_", "STORE_", "LOG_", "METRIC", "ALLOW_JOBLIB")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STORE_DIR", str(store.layout.root))
    return monkeypatch


@pytest.fixture
def environment(
    usual_signals: None, only_the_store: pytest.MonkeyPatch, tmp_path: Path
) -> pytest.MonkeyPatch:
    """Set only the store of the test and a small data set."""
    only_the_store.setenv("TRAINER_DATASET", str(blobs_csv(tmp_path / "blobs.csv")))
    only_the_store.setenv("TRAINER_TARGET", "size")
    only_the_store.setenv("TRAINER_CANDIDATES", "tests.unit.trainer.small_table:CANDIDATES")
    return only_the_store
