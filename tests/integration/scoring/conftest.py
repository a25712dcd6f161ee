"""Fixtures of tests that run the command in this process."""

from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.support.models import mixed
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.unit.trainer.conftest import only_the_store, usual_signals
from trainer.score import __main__ as command

__all__ = ["only_the_store", "usual_signals"]


@pytest.fixture
def alone(usual_signals: None, only_the_store: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty directory, on the store of the test."""
    only_the_store.chdir(tmp_path)
    only_the_store.setattr(command, "set_up_logging", lambda *_settings: None)


@pytest.fixture
def served(store: ModelStore) -> ModelStore:
    """Promote a model of numbers as version 1, and one of mixed features as version 2."""
    promote(store, toy_model(), "sizes")
    promote(store, mixed.mixed_model(), "moods")
    return store
