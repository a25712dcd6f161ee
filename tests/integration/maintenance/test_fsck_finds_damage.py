"""Any damage to a file of a store is an issue that names the file."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from shared.contract.layout import (
    ARTEFACT,
    GOLDEN,
    HOLDOUT,
    MANIFEST,
    ONNX_MODEL,
    REFERENCE,
    live_hour_name,
)
from shared.maintenance import fsck
from shared.store.store import ModelStore
from tests.integration.maintenance.damaged_store import (
    CANDIDATE_FILES,
    MODEL_FILES,
    REFUSED,
    UNDECIDED,
    candidate,
    directory,
    empty,
    fifo,
    flip,
    flip_at,
    issues,
    kinds_naming,
    link,
    model,
    production,
    remove,
    truncate,
)
from tests.support.stores.backups import HOUR, WORKER
from tests.support.sweep import sweep

DAMAGES = (flip, truncate, empty, remove, link, fifo, directory)

FILES: dict[str, Callable[[ModelStore], Path]] = {
    "store.json": lambda store: store.layout.marker,
    "registry.json": lambda store: store.layout.registry,
    "training.log": lambda store: store.layout.training_log,
    "waiting.json": lambda store: store.layout.awaiting_approval,
    "token": lambda store: store.layout.token,
    "heartbeat": lambda store: store.layout.heartbeat("w"),
    "counts": lambda store: store.layout.live_hour(WORKER, live_hour_name(HOUR)),
    "drift.json": lambda store: store.layout.drift,
    **{f"decision {n}": partial(lambda n, store: store.layout.decision(n), n) for n in range(1, 5)},
    **{
        f"{name} of a model": partial(lambda name, store: model(store) / name, name)
        for name in MODEL_FILES
    },
    **{
        f"{name} in production": partial(lambda name, store: production(store) / name, name)
        for name in MODEL_FILES
    },
    **{
        f"{name} of a candidate": partial(lambda name, store: candidate(store, 0) / name, name)
        for name in CANDIDATE_FILES
    },
    **{
        f"{name} undecided": partial(lambda name, store: candidate(store, UNDECIDED) / name, name)
        for name in CANDIDATE_FILES
    },
}

NOTES = {
    ("store.json", remove),
    ("training.log", flip),
    *(
        (name, damage)
        for name in ("waiting.json", "counts", "drift.json")
        for damage in (flip, truncate, empty)
    ),
}
"""Damages that the services repair."""
UNSEEN = {
    *(("training.log", damage) for damage in (truncate, empty, remove)),  # written again
    ("waiting.json", remove),
    ("token", remove),
    *(("token", damage) for damage in (flip, truncate)),  # a secret: nothing says what it was
    *((name, remove) for name in ("heartbeat", "counts", "drift.json")),
    *((f"{REFERENCE} {where}", remove) for where in ("of a model", "in production")),  # optional
}
"""Damages that leave no trace on the store, or a valid state."""


def test_the_store_has_nothing_to_report_before(used: ModelStore) -> None:
    assert issues(used) == {}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named(
    used: ModelStore, name: str, damage: Callable[[Path], None]
) -> None:
    path = FILES[name](used)
    damage(path)
    if (name, damage) in UNSEEN:
        assert issues(used) == {}
    elif (name, damage) in NOTES:
        assert set(issues(used).values()) == {"note"}
        assert kinds_naming(used, path) == {"note"}
    elif (name, damage) == ("decision 4", remove):
        assert kinds_naming(used, used.layout.registry) == {
            "error"
        }  # only registry.json remembers it
    else:
        assert "error" in kinds_naming(used, path), issues(used)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", CANDIDATE_FILES)
def test_a_damaged_file_of_a_refused_candidate_is_noted(
    used: ModelStore, name: str, damage: Callable[[Path], None]
) -> None:
    path = candidate(used, REFUSED) / name
    damage(path)
    assert "note" in kinds_naming(used, path), issues(used)
    assert ("error" in kinds_naming(used, path)) == (damage is link)


HASHED = [
    name
    for name in FILES
    # No other file holds the hashes of these.
    if not name.startswith((MANIFEST, "decision 4"))
    and name not in {f"{REFERENCE} of a model", f"{REFERENCE} in production"}
    and (" " in name or name == "registry.json")
]
DAILY = (
    *("registry.json", "decision 2", f"{GOLDEN} of a model", f"{ONNX_MODEL} in production"),
    *(f"{ARTEFACT} of a candidate", f"{HOLDOUT} undecided"),
)


@pytest.mark.parametrize("name", sweep({name: name for name in HASHED}, *DAILY))
def test_a_flipped_bit_is_found_wherever_it_is(used: ModelStore, name: str) -> None:
    path = FILES[name](used)
    before = path.read_bytes()
    step = max(1, len(before) // 24)
    for offset in [*range(0, len(before), step), len(before) - 1]:
        flip_at(path, offset)
        assert "error" in kinds_naming(used, path), offset
        path.write_bytes(before)


@pytest.mark.parametrize(("damage", "status"), [(remove, 0), (empty, 1)])
def test_the_command_fails_for_errors_and_not_for_notes(
    used: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    status: int,
) -> None:
    monkeypatch.setenv("STORE_DIR", str(used.layout.root))
    monkeypatch.setattr(sys, "argv", ["fsck"])
    damage(used.layout.marker)
    assert fsck.main() == status
    assert str(used.layout.marker) in "".join(capsys.readouterr())
