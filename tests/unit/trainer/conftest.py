"""Fixtures of tests that run a command of the trainer in this process."""

import os
import signal
from collections.abc import Iterator

import pytest

from shared.store.store import ModelStore


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
