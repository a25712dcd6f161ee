"""Leftovers go by the file server's clock, and one that cannot be deleted stops nothing."""

import errno
import os
import time
from pathlib import Path

import pytest

from shared.contract.layout import STAGING_PREFIX
from shared.store import candidates as module
from shared.store.candidates import LEFTOVER_SECONDS, hidden_entries, remove_leftovers
from shared.store.store import ModelStore


def leave(directory: Path, name: str, age_seconds: float = 0.0) -> Path:
    path = directory / name
    path.write_bytes(b"half")
    changed = time.time() - age_seconds
    os.utime(path, (changed, changed))
    return path


@pytest.mark.parametrize("ahead", [2 * LEFTOVER_SECONDS, -2 * LEFTOVER_SECONDS])
def test_the_clock_of_this_machine_does_not_count(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    live = leave(store.layout.candidates, f"{STAGING_PREFIX}live", 3600.0)
    dead = leave(store.layout.candidates, f"{STAGING_PREFIX}dead", LEFTOVER_SECONDS + 60)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + ahead)
    store.candidates.remove_leftovers()
    assert live.exists()
    assert not dead.exists()
    assert os.listdir(store.layout.candidates) == [live.name]


def test_the_time_of_the_file_server_counts(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = leave(store.layout.candidates, ".staging-live", -7 * 86400.0)
    dead = leave(store.layout.candidates, ".staging-dead", -6 * 86400.0)
    monkeypatch.setattr(module, "read_clock", lambda _: time.time() + 7 * 86400.0)
    remove_leftovers(store.layout.candidates, LEFTOVER_SECONDS)
    assert (live.exists(), dead.exists()) == (True, False)


def test_files_that_a_client_keeps_while_they_are_open_are_not_leftovers(
    store: ModelStore,
) -> None:
    names = [".nfs00000000000c0ffee00000001", ".fuse_hidden0000000a00000001"]
    for name in names:
        leave(store.layout.models, name, 2 * LEFTOVER_SECONDS)
    assert hidden_entries(store.layout.models) == []
    remove_leftovers(store.layout.models, 0.0)
    assert sorted(os.listdir(store.layout.models)) == sorted(names)


def test_an_entry_that_is_busy_does_not_stop_the_others(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        leave(store.layout.decisions, f".tmp-{name}", 2 * LEFTOVER_SECONDS)
    unlink = Path.unlink

    def busy(path: Path, *, missing_ok: bool = False) -> None:
        if path.name == ".tmp-b":
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", busy)
    store.decision_log().remove_leftovers()
    assert os.listdir(store.layout.decisions) == [".tmp-b"]


def test_without_leftovers_nothing_is_written(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(module, "read_clock")
    store.candidates.remove_leftovers()
