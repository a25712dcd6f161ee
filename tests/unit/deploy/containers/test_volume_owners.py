"""Each directory of a store gets its writer as owner, on new, moved and incomplete volumes."""

import os
from pathlib import Path

import pytest

from deploy.containers.volume_owners import Accounts, User, assign_owners
from shared.contract.layout import (
    CANDIDATES,
    DECISIONS,
    FEEDBACK,
    LIVE,
    MODELS,
    NOTIFICATIONS,
    PREDICTIONS,
    SERVING,
    TOKEN,
    TRAINING,
    TRAINING_LOG,
)
from shared.errors import NotAStoreError, StoreNotWritableError
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.processes.unprivileged_user import as_another_user
from tests.support.stores.builders import promote

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

TRAINER = User(30001, 30011)
GATEKEEPER = User(30002, 30012)
PREDICTOR = User(30003, 30013)
NOTIFIER = User(30004, 30014)
ROWS = 30000
ACCOUNTS = Accounts(
    {
        "trainer": TRAINER,
        "gatekeeper": GATEKEEPER,
        "predictor": PREDICTOR,
        "notifier": NOTIFIER,
    },
    ROWS,
)


def owners(root: Path) -> dict[str, tuple[User, str]]:
    """Return owner and mode of *root* and of every entry below it."""
    found = {}
    for path in [root, *root.rglob("*")]:
        status = path.lstat()
        name = str(path.relative_to(root))
        found[name] = (User(status.st_uid, status.st_gid), oct(status.st_mode & 0o7777))
    return found


NEW = {
    ".": (GATEKEEPER, "0o755"),
    CANDIDATES: (TRAINER, "0o755"),
    MODELS: (GATEKEEPER, "0o755"),
    DECISIONS: (GATEKEEPER, "0o755"),
    SERVING: (PREDICTOR, "0o755"),
    LIVE: (PREDICTOR, "0o755"),
    NOTIFICATIONS: (NOTIFIER, "0o755"),
    TRAINING: (TRAINER, "0o755"),
    PREDICTIONS: (PREDICTOR._replace(gid=ROWS), "0o750"),
    FEEDBACK: (GATEKEEPER._replace(gid=ROWS), "0o750"),
}


def test_a_new_volume_gets_its_directories(tmp_path: Path) -> None:
    root = tmp_path / "volume"
    root.mkdir(mode=0o700)
    assign_owners(root, ACCOUNTS)
    assert owners(root) == NEW


def test_entries_that_are_right_are_not_touched(tmp_path: Path) -> None:
    assign_owners(tmp_path, ACCOUNTS)
    before = {name: (tmp_path / name).stat().st_ctime_ns for name in NEW}
    assign_owners(tmp_path, ACCOUNTS)
    assert {name: (tmp_path / name).stat().st_ctime_ns for name in NEW} == before


def test_a_store_that_one_user_wrote_is_divided(store: ModelStore) -> None:
    promote(store, toy_model())
    root = store.layout.root
    (root / CANDIDATES / "one").mkdir()
    (root / CANDIDATES / "one" / "file").touch()
    (root / TRAINING_LOG).touch()
    (root / TOKEN).touch(0o600)
    (root / SERVING / "worker.json").touch()
    (root / LIVE / "worker").mkdir(parents=True)
    (root / LIVE / "worker" / "20260131T11.json").touch()
    assign_owners(root, ACCOUNTS)
    found = owners(root)
    assert found[TOKEN] == (GATEKEEPER, "0o600")
    for name, (owner, _) in found.items():
        expected = {
            CANDIDATES: TRAINER,
            TRAINING: TRAINER,
            SERVING: PREDICTOR,
            LIVE: PREDICTOR,
            NOTIFICATIONS: NOTIFIER,
            PREDICTIONS: PREDICTOR._replace(gid=ROWS),
            FEEDBACK: GATEKEEPER._replace(gid=ROWS),
        }.get(name.split("/")[0], GATEKEEPER)
        assert owner == expected, name


def test_only_one_group_can_read_rows_and_labels(tmp_path: Path) -> None:
    assign_owners(tmp_path, ACCOUNTS)
    worker = tmp_path / PREDICTIONS / "worker"
    worker.mkdir(mode=0o755)
    for path in (worker / "00000001.jsonl", tmp_path / FEEDBACK / "00000001.jsonl"):
        path.touch(0o664)
    assign_owners(tmp_path, ACCOUNTS)
    writer = PREDICTOR._replace(gid=ROWS)
    assert owners(tmp_path) == NEW | {
        f"{PREDICTIONS}/worker": (writer, "0o750"),
        f"{PREDICTIONS}/worker/00000001.jsonl": (writer, "0o640"),
        f"{FEEDBACK}/00000001.jsonl": (GATEKEEPER._replace(gid=ROWS), "0o640"),
    }


def test_missing_directories_and_wrong_modes_are_repaired(tmp_path: Path) -> None:
    assign_owners(tmp_path, ACCOUNTS)
    (tmp_path / SERVING).rmdir()
    (tmp_path / MODELS).chmod(0o777)
    assign_owners(tmp_path, ACCOUNTS)
    assert owners(tmp_path) == NEW


def test_the_target_of_a_link_keeps_its_owner(tmp_path: Path) -> None:
    assign_owners(tmp_path, ACCOUNTS)
    token = tmp_path / TOKEN
    token.touch(0o600)
    os.chown(token, *GATEKEEPER)
    os.link(token, tmp_path / CANDIDATES / "hard")
    (tmp_path / CANDIDATES / "soft").symlink_to(token)
    (tmp_path / CANDIDATES / "directory").symlink_to(tmp_path / MODELS)
    assign_owners(tmp_path, ACCOUNTS)
    assert owners(tmp_path)[TOKEN] == (GATEKEEPER, "0o600")
    assert owners(tmp_path)[MODELS] == (GATEKEEPER, "0o755")


def test_a_directory_that_is_not_a_store_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    before = owners(tmp_path)
    with pytest.raises(NotAStoreError, match=r"thesis\.txt"):
        assign_owners(tmp_path, ACCOUNTS)
    assert owners(tmp_path) == before


def test_an_owner_that_cannot_be_set_is_named(tmp_path: Path, open_to_all: object) -> None:
    assert callable(open_to_all)
    assign_owners(tmp_path, ACCOUNTS)
    os.chown(tmp_path / MODELS, *TRAINER)
    open_to_all(tmp_path)

    def as_the_gatekeeper() -> None:
        with pytest.raises(StoreNotWritableError, match=rf"{MODELS} cannot be set"):
            assign_owners(tmp_path, ACCOUNTS)

    as_another_user(as_the_gatekeeper, GATEKEEPER.uid)
