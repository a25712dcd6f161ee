"""A store whose documents contradict each other has an error that names the document.

Some changes leave no trace; docs/operations.md lists them.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.contract.documents import Decision
from shared.contract.layout import HOLDOUT
from shared.store.store import ModelStore
from tests.integration.maintenance.damaged_store import (
    UNDECIDED,
    candidate,
    issues,
    kinds_naming,
    model,
    production,
    remove,
)
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import gatekeeper_of, weak_candidate


def rewrite(store: ModelStore, number: int, **changes: object) -> None:
    """Replace an entry by a valid document with other content."""
    path = store.layout.decision(number)
    decision = Decision.decode(path.read_bytes(), path)
    path.write_bytes(decision.model_copy(update=changes).encode())


def registry_with(store: ModelStore, **changes: object) -> bytes:
    registry = store.registry.read()
    assert registry
    return registry.model_copy(update=changes).encode()


def put_registry(store: ModelStore, data: bytes | None) -> None:
    assert data
    store.layout.registry.write_bytes(data)


def append(store: ModelStore, **changes: object) -> None:
    """Append a copy of the newest promotion with *changes*."""
    log = store.decision_log()
    promotion = log.entries[1].decision
    number = {"number": log.next_number, "previous": log.head_sha256}
    log.append(promotion.model_copy(update={**number, "candidate_id": None, **changes}))
    store.registry.roll_forward(log)


def renumbered(store: ModelStore, **changes: object) -> dict[str, object]:
    """Return the registry of the next entry with *changes*."""
    log = store.decision_log()
    assert log.registry
    fitting = {"version": log.registry.version + 1, "decision": log.next_number}
    return {"registry": log.registry.model_copy(update={**fitting, **changes})}


def copy_entry(store: ModelStore, name: str) -> Path:
    return Path(shutil.copy(store.layout.decision(2), store.layout.decisions / name))


Plant = Callable[[ModelStore], object]
Named = Callable[[ModelStore], Path]
STORIES: dict[str, tuple[Plant, Named]] = {
    "a decision copied to the next number": (
        lambda s: copy_entry(s, "00000005.json"),
        lambda s: s.layout.decision(5),
    ),
    "a decision copied far behind": (
        lambda s: copy_entry(s, "00000009.json"),
        lambda s: s.layout.decision(9),
    ),
    "a decision under its number with more digits": (
        lambda s: copy_entry(s, "000000002.json"),
        lambda s: s.layout.decisions / "000000002.json",
    ),
    "a decision of number nought": (
        lambda s: copy_entry(s, "00000000.json"),
        lambda s: s.layout.decisions / "00000000.json",
    ),
    "a decision rewritten": (
        lambda s: rewrite(s, 2, model_name="another"),
        lambda s: s.layout.decision(2),
    ),
    "what the newest decision puts in force rewritten": (
        lambda s: rewrite(s, 4, registry=s.decision_log().entries[1].decision.registry),
        lambda s: s.layout.registry,
    ),
    "the newest decision's outcome rewritten": (
        lambda s: rewrite(s, 4, outcome="unchanged"),
        lambda s: s.layout.decision(4),
    ),
    "a registry two versions old": (
        lambda s: put_registry(s, s.decision_log().entries[0].registry_bytes),
        lambda s: s.layout.registry,
    ),
    "a registry newer than the log": (
        lambda s: put_registry(s, registry_with(s, version=4, decision=5)),
        lambda s: s.layout.registry,
    ),
    "a registry that names a missing model": (
        lambda s: put_registry(s, registry_with(s, digest="sha256:" + "0" * 64)),
        lambda s: s.layout.registry,
    ),
    "a version that grows by two": (
        lambda s: append(s, **renumbered(s, version=5)),
        lambda s: s.layout.decision(5),
    ),
    "a version used again": (
        lambda s: append(s, **renumbered(s, version=3)),
        lambda s: s.layout.decision(5),
    ),
    "a promotion that puts nothing in force": (
        lambda s: append(s, registry=None),
        lambda s: s.layout.decision(5),
    ),
    "a candidate decided twice": (
        lambda s: append(s, candidate_id=s.candidates.ids()[0], **renumbered(s)),
        lambda s: s.layout.decision(5),
    ),
    "the model in production gone": (lambda s: shutil.rmtree(production(s)), production),
    "all models gone": (lambda s: shutil.rmtree(s.layout.models), lambda s: s.layout.models),
    "all decisions gone": (
        lambda s: shutil.rmtree(s.layout.decisions),
        lambda s: s.layout.registry,
    ),
    "a model under a wrong digest": (
        lambda s: model(s).rename(s.layout.models / ("0" * 64)),
        lambda s: s.layout.models / ("0" * 64),
    ),
    "an extra file in a model": (lambda s: (model(s) / "x").touch(), lambda s: model(s) / "x"),
    "a hidden file in a model": (lambda s: (model(s) / ".x").touch(), lambda s: model(s) / ".x"),
    "an extra file in a candidate": (
        lambda s: (candidate(s, UNDECIDED) / "x").touch(),
        lambda s: candidate(s, UNDECIDED) / "x",
    ),
    "a candidate under another id": (
        lambda s: candidate(s, 0).rename(s.layout.candidate("20260131T115958123456Z-1f0c9a3e")),
        lambda s: s.layout.candidate("20260131T115958123456Z-1f0c9a3e"),
    ),
    "a hard link to a candidate's file": (
        lambda s: os.link(candidate(s, 0) / HOLDOUT, s.layout.root.parent / "other"),
        lambda s: candidate(s, 0) / HOLDOUT,
    ),
    "a heartbeat under another worker's name": (
        lambda s: s.layout.heartbeat("w").rename(s.layout.heartbeat("v")),
        lambda s: s.layout.heartbeat("v"),
    ),
    "something unknown in the root": (
        lambda s: (s.layout.root / "notes.txt").write_text("mine"),
        lambda s: s.layout.root / "notes.txt",
    ),
    "something unknown among the candidates": (
        lambda s: (s.layout.candidates / "mine").mkdir(),
        lambda s: s.layout.candidates / "mine",
    ),
    "a store of a later format": (
        lambda s: s.layout.marker.write_text(json.dumps({"format_version": 2})),
        lambda s: s.layout.marker,
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_contradiction_is_an_error_that_names_the_file(used: ModelStore, story: str) -> None:
    plant, named = STORIES[story]
    path = named(used)
    plant(used)
    assert "error" in kinds_naming(used, path), issues(used)


def test_a_gap_in_the_log_is_named_with_all_behind_it(used: ModelStore) -> None:
    used.layout.decision(2).unlink()
    for number in (2, 3, 4):
        assert kinds_naming(used, used.layout.decision(number)) == {"error"}


def test_a_rewritten_newest_entry_leaves_no_trace(used: ModelStore) -> None:
    """No hash names the newest entry, and registry.json holds only what it puts in force."""
    rewrite(used, 4, metric="recall")
    assert issues(used) == {}
    promote(used, toy_model(bias=0.5))
    assert "error" not in issues(used).values()


def test_a_removed_newest_refusal_is_not_missed(used: ModelStore) -> None:
    """It leaves no trace, and the candidate is decided again."""
    weak_candidate().publish(used)
    gatekeeper_of(used).poll()
    used.layout.training_log.unlink()
    remove(used.layout.decision(used.decision_log().next_number - 1))
    assert issues(used) == {}
