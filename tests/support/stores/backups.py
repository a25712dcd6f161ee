"""A store with a history, its backup and the restored store."""

from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.decisions.rollback import roll_back
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.live.drift_record import DriftRecord
from shared.live.hour import LiveHour
from shared.live.live_hours import LiveHours
from shared.maintenance.restore_steps import restore_file
from shared.maintenance.store_checker import check_store
from shared.store.durable_write import replace_file
from shared.store.store import ModelStore, open_for_writing, open_store
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, weak_candidate

HOUR = datetime(2026, 1, 31, 11, tzinfo=UTC)
WORKER = f"{63 * 'h'}-4194304-a1b2c3d4"
"""A worker on a host with a long name."""


def write_live(store: ModelStore) -> None:
    """Write the counts of one worker in one hour, and drift.json."""
    LiveHours(store.layout).write(LiveHour(worker=WORKER, hour=HOUR, versions=()))
    record = DriftRecord(
        checked_at=HOUR, version=None, not_checked="Nothing to do.", drifted=(), events=()
    )
    replace_file(store.layout.drift, record.encode())


def used_store(root: Path) -> ModelStore:
    """Make a store with decisions of each kind, live counts and an undecided candidate."""
    store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS, SERVING)
    gatekeeper = gatekeeper_of(store)
    for candidate in (toy_candidate(), toy_candidate(toy_model(bias=0.25)), weak_candidate()):
        candidate.publish(store)
    gatekeeper.poll()
    roll_back(store, 1)
    gatekeeper.poll()
    toy_candidate(toy_model(bias=0.5)).publish(store)
    write_live(store)
    store.layout.token.write_text("secret")
    (store.layout.candidates / ".staging-half").mkdir()
    (store.layout.root / "notes.txt").write_text("mine")
    return store


def errors(store: ModelStore) -> list[str]:
    return [finding.message for finding in check_store(store) if finding.kind == "error"]


def restored(archive: Path, root: Path) -> ModelStore:
    """Restore *archive* at *root* and check the store."""
    restore_file(str(archive), root)
    store = open_store(root)
    assert check_store(store) == []
    return store


def files(root: Path) -> dict[str, bytes]:
    """Read all files below *root* that are not hidden."""
    paths = (path for path in root.rglob("*") if path.is_file())
    found = {str(path.relative_to(root)): path.read_bytes() for path in paths}
    return {name: data for name, data in found.items() if "/." not in f"/{name}"}


def is_nothing(root: Path) -> bool:
    """Return whether *root* is missing or completely empty."""
    return not root.exists() or list(root.iterdir()) == []
