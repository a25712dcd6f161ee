"""The checker names every damage; each test plants one."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import GOLDEN, HOLDOUT, MANIFEST, ONNX_MODEL
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate


@pytest.fixture
def used(store: ModelStore) -> ModelStore:
    """Make a store with two versions, a candidate, a heartbeat and a token."""
    promote(store, toy_model(bias=1))
    promote(store, toy_model(bias=2))
    toy_candidate().publish(store)
    store.heartbeats.write(
        Heartbeat(
            worker="w",
            host="h",
            pid=1,
            beat_at=datetime.now(UTC),
            heartbeat_seconds=1.0,
            desired_version=None,
            desired_digest=None,
            serving_version=None,
            serving_digest=None,
            loaded_at=None,
            last_error=None,
        )
    )
    store.layout.token.write_text("secret")
    store.layout.token.chmod(0o600)
    return store


def found(store: ModelStore, kind: str = "error") -> list[str]:
    return [issue.message for issue in check_store(store) if issue.kind == kind]


def production(store: ModelStore) -> Path:
    registry = store.registry.read()
    assert registry
    return store.models.directory(registry.digest)


def candidate(store: ModelStore) -> Path:
    return store.layout.candidate(store.candidates.ids()[0])


def test_a_whole_store_has_nothing_to_report(used: ModelStore) -> None:
    assert check_store(used) == []


def test_an_empty_store_has_nothing_to_report(store: ModelStore) -> None:
    assert check_store(store) == []


def flip(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


DAMAGE: dict[str, tuple[Callable[[ModelStore], object], str]] = {
    "a model altered": (lambda s: flip(production(s) / ONNX_MODEL), "model.onnx has"),
    "golden rows altered": (lambda s: flip(production(s) / GOLDEN), "golden.json has"),
    "a model's file missing": (lambda s: (production(s) / GOLDEN).unlink(), "golden.json is miss"),
    "a foreign file in a model": (
        lambda s: (production(s) / "x").touch(),
        "not described by any document",
    ),
    "the model in production missing": (
        lambda s: production(s).rename(s.layout.root.parent / "away"),
        "is missing from the store",
    ),
    "a candidate's file altered": (lambda s: flip(candidate(s) / HOLDOUT), "holdout.npz has"),
    "a manifest torn": (lambda s: (candidate(s) / MANIFEST).write_text("{"), "not strict JSON"),
    "a decision altered": (lambda s: flip(s.layout.decision(1)), "the log was altered"),
    "a decision missing": (
        lambda s: s.layout.decision(1).unlink(),
        "after the end of the log, decision 0",
    ),
    "a decision torn": (lambda s: s.layout.decision(2).write_text("{"), "cannot be read"),
    "a registry of no decision": (
        lambda s: flip(s.layout.registry),
        "differs from the registry of the decision log",
    ),
    "a registry too large": (lambda s: s.layout.registry.write_bytes(bytes(99_999)), "at most"),
    "a heartbeat torn": (lambda s: (s.layout.serving / "w.json").write_text("{"), "not strict"),
    "a foreign name": (
        lambda s: (s.layout.decisions / "notes").touch(),
        "does not belong to a store",
    ),
    "a symbolic link": (
        lambda s: (s.layout.models / "link").symlink_to("/etc"),
        "a symbolic link",
    ),
    "a file that others may write": (lambda s: s.layout.registry.chmod(0o666), "chmod go-w"),
    "a token that others may read": (lambda s: s.layout.token.chmod(0o644), "chmod 600"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named(used: ModelStore, name: str) -> None:
    damage, message = DAMAGE[name]
    damage(used)
    assert any(message in error for error in found(used)), found(used)


def test_issues_that_services_repair_are_notes(used: ModelStore) -> None:
    older = used.decision_log().entries[0].registry_bytes
    assert older
    used.layout.registry.write_bytes(older)
    (used.layout.candidates / ".staging-x").mkdir()
    (used.layout.decisions / ".tmp-00000003.json-1-ff").touch()
    assert found(used) == []
    notes = found(used, "note")
    assert len(notes) == 3
    assert any("one step behind" in note for note in notes)


def fsck(directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shared.maintenance.fsck"],
        env=os.environ | {"STORE_DIR": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_fails_on_errors_alone(used: ModelStore, tmp_path: Path) -> None:
    (used.layout.candidates / ".staging-x").mkdir()
    good = fsck(used.layout.root)
    assert (good.returncode, good.stdout.splitlines()[-1][-18:]) == (0, "0 errors, 1 notes.")
    used.layout.decision(1).unlink()
    bad = fsck(used.layout.root)
    assert bad.returncode == 1
    assert "error: " in bad.stdout
    nothing = fsck(tmp_path / "nowhere")
    assert (nothing.returncode, "There is no store" in nothing.stderr) == (1, True)
