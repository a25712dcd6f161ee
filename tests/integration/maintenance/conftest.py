"""A store for the tests that damage it."""

import shutil
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.integration.maintenance.damaged_store import make_store


@pytest.fixture(scope="package")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a store that no test changes."""
    root = tmp_path_factory.mktemp("whole") / "store"
    make_store(root)
    return root


@pytest.fixture
def used(whole: Path, tmp_path: Path) -> ModelStore:
    """Copy the store, to be damaged."""
    return ModelStore(shutil.copytree(whole, tmp_path / "store"))
