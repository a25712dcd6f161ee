"""After a restore each directory of the volume belongs to its writer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.containers.restore import restore_with_owners
from deploy.containers.volume_owners import Accounts, User, assign_owners
from shared.contract.layout import (
    CANDIDATES,
    FEEDBACK,
    LIVE,
    NOTIFICATIONS,
    PREDICTIONS,
    SERVING,
    TRAINING,
)
from shared.errors import BackupError, NotAStoreError
from shared.maintenance.backup_steps import write_backup
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.stores.backups import used_store

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

WITH_ONLY_CHOWN = (
    *("setpriv", "--bounding-set=-all,+chown", "--inh-caps=-all,+chown"),
    f"--groups={ROWS}",
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the backup of a store that belongs to one user."""
    directory = tmp_path_factory.mktemp("kept")
    write_backup(used_store(directory / "store"), directory / "b.tar.gz")
    return directory / "b.tar.gz"


def owner(path: Path) -> User:
    return User(path.stat().st_uid, path.stat().st_gid)


def assert_divided(root: Path) -> None:
    """Assert that the store is complete and that each file belongs to its writer."""
    assert check_store(ModelStore(root)) == []
    for path in [root, *root.rglob("*")]:
        part = path.relative_to(root).as_posix().split("/")[0]
        expected = {
            CANDIDATES: TRAINER,
            TRAINING: TRAINER,
            SERVING: PREDICTOR,
            LIVE: PREDICTOR,
            NOTIFICATIONS: NOTIFIER,
            PREDICTIONS: PREDICTOR._replace(gid=ROWS),
            FEEDBACK: GATEKEEPER._replace(gid=ROWS),
        }.get(part, GATEKEEPER)
        assert owner(path) == expected, path


@pytest.mark.parametrize("is_prepared", [False, True])
def test_every_directory_belongs_to_its_writer(
    tmp_path: Path, archive: Path, *, is_prepared: bool
) -> None:
    root = tmp_path / "volume"
    root.mkdir(mode=0o755)
    if is_prepared:
        assign_owners(root, ACCOUNTS)
    script = (
        "import sys; from pathlib import Path; "
        "from deploy.containers.restore import restore_with_owners;"
        "from deploy.containers.volume_owners import Accounts, User;"
        f"print(restore_with_owners(sys.argv[1], Path(sys.argv[2]), {ACCOUNTS}))"
    )
    command = [*WITH_ONLY_CHOWN, sys.executable, "-c", script, str(archive), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:18]) == (0, "Restored version 3"), done
    assert_divided(root)


def test_a_refused_backup_leaves_an_empty_volume_with_its_owners(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("bad")
    root = tmp_path / "volume"
    root.mkdir()
    with pytest.raises(BackupError):
        restore_with_owners(str(tmp_path / "bad"), root, ACCOUNTS)
    assert (owner(root), owner(root / CANDIDATES)) == (GATEKEEPER, TRAINER)
    assert not any((root / CANDIDATES).iterdir())


def test_a_directory_that_is_not_a_store_stays_as_it_is(tmp_path: Path, archive: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letters").touch()
    os.chown(tmp_path / "home", *PREDICTOR)
    with pytest.raises(NotAStoreError, match="letters"):
        restore_with_owners(str(archive), tmp_path / "home", ACCOUNTS)
    assert owner(tmp_path / "home") == PREDICTOR


def test_a_restore_that_was_killed_can_be_repeated(tmp_path: Path, archive: Path) -> None:
    store = ModelStore(tmp_path / "volume")
    (store.layout.restoring / CANDIDATES).mkdir(parents=True)
    (store.layout.models / "half").mkdir(parents=True)
    restore_with_owners(str(archive), store.layout.root, ACCOUNTS)
    assert_divided(store.layout.root)
