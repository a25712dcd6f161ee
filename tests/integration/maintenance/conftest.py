"""Stores for the tests that damage them, back them up and restore them."""

import shutil
from pathlib import Path

import pytest

from shared.maintenance.backup_steps import write_backup
from shared.store.store import ModelStore
from tests.integration.maintenance.damaged_store import make_store
from tests.support.stores.backups import used_store


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


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    """Make a store in use that no test changes."""
    return used_store(tmp_path_factory.mktemp("kept") / "store")


@pytest.fixture(scope="module")
def archive(kept: ModelStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Back up the store `kept`."""
    path = tmp_path_factory.mktemp("archive") / "kept.tar.gz"
    write_backup(kept, path)
    return path
