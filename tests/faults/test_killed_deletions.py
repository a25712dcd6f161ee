"""`make forget` and `make predictions` that are killed before each of their changes.

The quick form takes every third change.
"""

import itertools
import shutil
from functools import partial
from pathlib import Path

import pytest

from shared.store.store import ModelStore
from tests.faults.killing import dies_before_change
from tests.faults.support.deletions import (
    FORMATS,
    assert_forgotten,
    assert_nothing_else_is_lost,
    copy,
    delete,
    export,
    fill,
)
from tests.faults.support.effort import figure


@pytest.fixture
def kept(store: ModelStore) -> ModelStore:
    """Make a store with rows and labels, and two tables of it."""
    fill(store)
    return store


def test_a_killed_forget_loses_no_other_row_and_can_be_repeated(
    kept: ModelStore, tmp_path: Path
) -> None:
    turn, killed = 0, True
    while killed:
        turn += figure(quick=3, full=1)
        directory = tmp_path / f"killed-{turn}"
        store = copy(kept.layout.root.parent, directory)
        killed = dies_before_change(turn, partial(delete, store))
        assert_nothing_else_is_lost(store)
        delete(store)
        assert_forgotten(store)
        shutil.rmtree(directory)
    assert turn > 20, "the sweep must have met something to kill"


def test_a_killed_export_leaves_no_table_under_its_name(kept: ModelStore, tmp_path: Path) -> None:
    for ending in FORMATS:
        expected = (kept.layout.root.parent / f"out.{ending}").read_bytes()
        for turn in itertools.count(1):
            name = f"{ending}-{turn}"
            killed = dies_before_change(turn, partial(export(ending, name), kept))
            target = kept.layout.root.parent / f"{name}.{ending}"
            if target.exists():
                assert target.read_bytes() == expected
            if not killed:
                break
        assert turn > 2
