"""Whatever happens to a file of a store, fsck names it; each test does it to another file.

What nothing on the store could tell is shown too: it is listed in docs/operations.md.
"""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from gatekeeper.decisions.rollback import roll_back
from shared.contract.documents import Decision, Heartbeat
from shared.contract.layout import (
    ARTEFACT,
    CANDIDATES,
    DECISIONS,
    GOLDEN,
    HOLDOUT,
    MANIFEST,
    MODELS,
    ONNX_MODEL,
    SERVING,
)
from shared.maintenance import fsck
from shared.maintenance.store_checker import check_store
from shared.store.approval_file import ApprovalList
from shared.store.store import ModelStore, open_for_writing
from tests.support.models.toy import toy_model
from tests.support.processes.unprivileged_user import NOBODY, as_another_user
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes, weak_candidate

CANDIDATE_FILES = (MANIFEST, ARTEFACT, GOLDEN, ONNX_MODEL, HOLDOUT)
MODEL_FILES = (ARTEFACT, GOLDEN, ONNX_MODEL)
PROMOTED, SECOND, REFUSED, UNDECIDED = range(4)


def beat(worker: str) -> Heartbeat:
    return Heartbeat(
        worker=worker,
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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two promotions, a refusal, a rollback, a candidate that waits, a heartbeat and a token."""
    root = tmp_path_factory.mktemp("whole") / "store"
    store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS, SERVING)
    gatekeeper = gatekeeper_of(store)
    for candidate in (toy_candidate(), toy_candidate(toy_model(bias=0.25)), weak_candidate()):
        candidate.publish(store)
    gatekeeper.poll()
    roll_back(store, 1)
    gatekeeper.poll()
    assert outcomes(store) == ["promoted", "promoted", "refused", "rolled_back"]
    undecided = toy_candidate().publish(store)
    store.heartbeats.write(beat("w"))
    store.layout.awaiting_approval.write_bytes(ApprovalList(candidates=(undecided,)).encode())
    store.layout.token.write_text("secret\n")
    store.layout.token.chmod(0o600)
    return root


@pytest.fixture
def used(whole: Path, tmp_path: Path) -> ModelStore:
    """A copy of it to be damaged."""
    return ModelStore(shutil.copytree(whole, tmp_path / "store"))


def candidate(store: ModelStore, which: int) -> Path:
    return store.layout.candidate(store.candidates.ids()[which])


def model(store: ModelStore) -> Path:
    """The one that is not in production."""
    return model_of_version(store, 2)


def model_of_version(store: ModelStore, version: int) -> Path:
    registries = [entry.decision.registry for entry in store.decision_log().entries]
    return store.models.directory(next(r.digest for r in registries if r and r.version == version))


def production(store: ModelStore) -> Path:
    return model_of_version(store, 3)


def findings(store: ModelStore) -> dict[str, str]:
    """Kind by message."""
    return {finding.message: finding.kind for finding in check_store(store)}


def kinds_naming(store: ModelStore, path: Path) -> set[str]:
    """The kinds of all findings that name *path* or something in it."""
    return {kind for message, kind in findings(store).items() if str(path) in message}


def flip(path: Path) -> None:
    flip_at(path, 0)


def flip_at(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def remove(path: Path) -> None:
    path.unlink()


def link(path: Path) -> None:
    """A symbolic link to the same bytes."""
    aside = path.parents[1] / f".aside-{path.name}"
    path.rename(aside)
    path.symlink_to(aside)


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o644)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES = (flip, truncate, empty, remove, link, fifo, directory)

FILES: dict[str, Callable[[ModelStore], Path]] = {
    "store.json": lambda store: store.layout.marker,
    "registry.json": lambda store: store.layout.registry,
    "training.log": lambda store: store.layout.training_log,
    "waiting.json": lambda store: store.layout.awaiting_approval,
    "token": lambda store: store.layout.token,
    "heartbeat": lambda store: store.layout.heartbeat("w"),
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
    *(("waiting.json", damage) for damage in (flip, truncate, empty)),
}
"""What the services repair by themselves."""
UNSEEN = {
    *(("training.log", damage) for damage in (truncate, empty, remove)),  # written anew
    ("waiting.json", remove),
    ("token", remove),
    *(("token", damage) for damage in (flip, truncate)),  # a secret: nothing says what it was
    ("heartbeat", remove),
}
"""What may be so, or what nothing on the store could tell."""


def test_the_store_has_nothing_to_report_before(used: ModelStore) -> None:
    assert findings(used) == {}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named(
    used: ModelStore, name: str, damage: Callable[[Path], None]
) -> None:
    path = FILES[name](used)
    damage(path)
    if (name, damage) in UNSEEN:
        assert findings(used) == {}
    elif (name, damage) in NOTES:
        assert set(findings(used).values()) == {"note"}
        assert kinds_naming(used, path) == {"note"}
    elif (name, damage) == ("decision 4", remove):
        assert kinds_naming(used, used.layout.registry) == {"error"}  # nothing else remembers it
    else:
        assert "error" in kinds_naming(used, path), findings(used)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", CANDIDATE_FILES)
def test_a_damaged_file_of_a_refused_candidate_is_noted(
    used: ModelStore, name: str, damage: Callable[[Path], None]
) -> None:
    path = candidate(used, REFUSED) / name
    damage(path)
    assert "note" in kinds_naming(used, path), findings(used)
    assert ("error" in kinds_naming(used, path)) == (damage is link)


HASHED = [
    name
    for name in FILES
    if not name.startswith((MANIFEST, "decision 4"))  # no other file holds their hashes
    and (" " in name or name == "registry.json")
]


@pytest.mark.parametrize("name", HASHED)
def test_a_flipped_bit_is_found_wherever_it_is(used: ModelStore, name: str) -> None:
    path = FILES[name](used)
    before = path.read_bytes()
    step = max(1, len(before) // 24)
    for offset in [*range(0, len(before), step), len(before) - 1]:
        flip_at(path, offset)
        assert "error" in kinds_naming(used, path), offset
        path.write_bytes(before)


def rewrite(store: ModelStore, number: int, **changes: object) -> None:
    """A valid document with other content in the place of an entry."""
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
    """One more entry that continues the chain, like the newest promotion but for *changes*."""
    log = store.decision_log()
    promotion = log.entries[1].decision
    number = {"number": log.next_number, "previous": log.head_sha256}
    log.append(promotion.model_copy(update={**number, "candidate_id": None, **changes}))
    store.registry.roll_forward(log)


def renumbered(store: ModelStore, **changes: object) -> dict[str, object]:
    """The registry of the next entry, but for *changes*."""
    log = store.decision_log()
    assert log.registry
    fitting = {"version": log.registry.version + 1, "decision": log.next_number}
    return {"registry": log.registry.model_copy(update={**fitting, **changes})}


def copy_entry(store: ModelStore, name: str) -> Path:
    return Path(shutil.copy(store.layout.decision(2), store.layout.decisions / name))


def own(path: Path) -> None:
    """Give it to another user."""
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, NOBODY, NOBODY)


def hide_from_the_predictor(store: ModelStore, path: Path) -> None:
    own(store.layout.serving)
    path.chmod(path.stat().st_mode & 0o700)


def file_instead(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


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
    "a hard link to a model's file": (
        lambda s: os.link(model(s) / ONNX_MODEL, s.layout.root.parent / "other"),
        lambda s: model(s) / ONNX_MODEL,
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
    "a model that others may write": (
        lambda s: (model(s) / ONNX_MODEL).chmod(0o666),
        lambda s: model(s) / ONNX_MODEL,
    ),
    "a log that others may add to": (
        lambda s: s.layout.decisions.chmod(0o777),
        lambda s: s.layout.decisions,
    ),
    "a root that others may write": (
        lambda s: s.layout.root.chmod(0o775),
        lambda s: s.layout.root,
    ),
    "a registry that only its owner can read": (
        lambda s: hide_from_the_predictor(s, s.layout.registry),
        lambda s: s.layout.registry,
    ),
    "models that only their owner can list": (
        lambda s: hide_from_the_predictor(s, s.layout.models),
        lambda s: s.layout.models,
    ),
    "a registry that belongs to another user": (
        lambda s: own(s.layout.registry),
        lambda s: s.layout.registry,
    ),
    "models that belong to another user": (
        lambda s: own(s.layout.models),
        lambda s: s.layout.models,
    ),
    "a decision that belongs to another user": (
        lambda s: own(s.layout.decision(1)),
        lambda s: s.layout.decision(1),
    ),
    "a store of a later format": (
        lambda s: s.layout.marker.write_text(json.dumps({"format_version": 2})),
        lambda s: s.layout.marker,
    ),
    "a file in the place of a part": (
        lambda s: file_instead(s.layout.serving),
        lambda s: s.layout.serving,
    ),
    "a file in the place of the candidates": (
        lambda s: file_instead(s.layout.candidates),
        lambda s: s.layout.candidates,
    ),
    "a file in the place of a model": (
        lambda s: file_instead(production(s)),
        production,
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_planted_damage_is_an_error_that_names_it(used: ModelStore, story: str) -> None:
    plant, named = STORIES[story]
    path = named(used)
    plant(used)
    assert "error" in kinds_naming(used, path), findings(used)


def test_where_one_user_runs_everything_nobody_else_needs_to_read(used: ModelStore) -> None:
    used.layout.root.chmod(0o700)
    used.layout.registry.chmod(0o600)
    assert findings(used) == {}


def test_a_gap_in_the_log_is_named_with_all_behind_it(used: ModelStore) -> None:
    used.layout.decision(2).unlink()
    for number in (2, 3, 4):
        assert kinds_naming(used, used.layout.decision(number)) == {"error"}


def test_what_nothing_on_the_store_could_tell(used: ModelStore) -> None:
    """No hash names the newest entry, and registry.json holds only what it puts in force."""
    rewrite(used, 4, metric="recall")
    assert findings(used) == {}
    promote(used, toy_model(bias=0.5))
    assert "error" not in findings(used).values()


def test_a_removed_newest_refusal_is_not_missed(used: ModelStore) -> None:
    """It leaves no trace, and the candidate is decided again."""
    weak_candidate().publish(used)
    gatekeeper_of(used).poll()
    used.layout.training_log.unlink()
    remove(used.layout.decision(used.decision_log().next_number - 1))
    assert findings(used) == {}


def test_what_cannot_be_read_is_named_as_any_user(
    used: ModelStore, open_to_all: Callable[[Path], None]
) -> None:
    open_to_all(used.layout.root)
    hidden = [used.layout.registry, used.layout.candidates, candidate(used, 0), model(used)]
    for path in hidden:
        mode = path.stat().st_mode
        path.chmod(0o700)

        def look(path: Path = path) -> None:
            assert "error" in kinds_naming(used, path), findings(used)

        as_another_user(look)
        path.chmod(mode)


@pytest.mark.parametrize(("damage", "status"), [(remove, 0), (empty, 1)])
def test_the_command_tells_errors_from_notes(
    used: ModelStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    status: int,
) -> None:
    monkeypatch.setenv("STORE_DIR", str(used.layout.root))
    damage(used.layout.marker)
    assert fsck.main() == status
    assert str(used.layout.marker) in "".join(capsys.readouterr())
