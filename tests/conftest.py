"""A store for every test that asks for one."""

from pathlib import Path

import pytest

from shared.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store import ModelStore, open_for_writing


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """An empty store that this process may write everywhere."""
    return open_for_writing(tmp_path / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
