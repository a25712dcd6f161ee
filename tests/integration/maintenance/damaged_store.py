"""A store of every kind of file, ways to damage it, and the issues that fsck reports."""

import os
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.decisions.rollback import roll_back
from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import (
    ARTEFACT,
    CANDIDATES,
    DECISIONS,
    GOLDEN,
    HOLDOUT,
    MANIFEST,
    MODELS,
    ONNX_MODEL,
    REFERENCE,
    SERVING,
)
from shared.maintenance.store_checker import check_store
from shared.store.approval_file import ApprovalList
from shared.store.store import ModelStore, open_for_writing
from tests.support.models.toy import toy_model
from tests.support.stores.backups import write_live
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes, weak_candidate

CANDIDATE_FILES = (MANIFEST, ARTEFACT, GOLDEN, ONNX_MODEL, HOLDOUT, REFERENCE)
MODEL_FILES = (ARTEFACT, GOLDEN, ONNX_MODEL, REFERENCE)
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


def make_store(root: Path) -> None:
    """Make two promotions, a refusal, a rollback, an undecided candidate, a heartbeat, a token."""
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
    write_live(store)
    store.layout.awaiting_approval.write_bytes(ApprovalList(candidates=(undecided,)).encode())
    store.layout.token.write_text("secret\n")
    store.layout.token.chmod(0o600)


def candidate(store: ModelStore, which: int) -> Path:
    return store.layout.candidate(store.candidates.ids()[which])


def model(store: ModelStore) -> Path:
    """Return the directory of the model that is not in production."""
    return model_of_version(store, 2)


def model_of_version(store: ModelStore, version: int) -> Path:
    registries = [entry.decision.registry for entry in store.decision_log().entries]
    return store.models.directory(next(r.digest for r in registries if r and r.version == version))


def production(store: ModelStore) -> Path:
    return model_of_version(store, 3)


def issues(store: ModelStore) -> dict[str, str]:
    """Check *store* and return the kinds of issues by their messages."""
    return {issue.message: issue.kind for issue in check_store(store)}


def kinds_naming(store: ModelStore, path: Path) -> set[str]:
    """Return the kinds of all issues that name *path* or a path in it."""
    return {kind for message, kind in issues(store).items() if str(path) in message}


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
    """Replace the file by a symbolic link to it."""
    aside = path.parents[1] / f".aside-{path.name}"
    path.rename(aside)
    path.symlink_to(aside)


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o644)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()
