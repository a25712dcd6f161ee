"""An empty store, and a table without live rows."""

from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout
from tests.support.tables.tables import write_csv
from tests.unit.trainer.live_rows.people import TABLE, load
from trainer.dataset.dataset import Dataset


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path / "store")


@pytest.fixture
def table(tmp_path: Path) -> Dataset:
    return load(write_csv(tmp_path / "people.csv", TABLE))
