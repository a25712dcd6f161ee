"""A volume on which Kubernetes has set an fsGroup is repaired, judged once, and used."""

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.containers.volume_owners import Accounts, User, assign_owners
from gatekeeper.api.bearer_token import create_own_token
from shared.errors import TokenError
from shared.maintenance.checks.permission_checker import check_permissions
from shared.store.store import ModelStore, open_for_writing
from tests.support.models.toy import toy_model
from tests.support.processes.unprivileged_user import as_another_user
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.fs_group import apply_fs_group

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

GROUP, ANYBODY = 2000, 1_000_650_000
ACCOUNTS = Accounts(
    {
        "trainer": User(30001, 30011),
        "gatekeeper": User(30002, 30012),
        "predictor": User(30003, 30013),
        "notifier": User(30004, 30014),
    },
    rows=30000,
)


@pytest.fixture
def used(store: ModelStore) -> ModelStore:
    """Return a store with a model, a candidate and a token."""
    promote(store, toy_model())
    toy_candidate().publish(store)
    create_own_token(store.layout)
    return store


def messages(store: ModelStore) -> list[str]:
    return [f"{issue.kind}: {issue.message}" for issue in check_permissions(store.layout)]


def test_volume_init_repairs_the_modes_of_a_whole_store(used: ModelStore) -> None:
    root = used.layout.root
    assign_owners(root, ACCOUNTS)
    before = {path: path.stat().st_mode for path in [root, *root.rglob("*")]}
    apply_fs_group(root, GROUP)
    assert stat.S_IMODE(used.layout.token.stat().st_mode) == 0o660
    assign_owners(root, ACCOUNTS)
    assert {path: path.stat().st_mode for path in [root, *root.rglob("*")]} == before
    assert messages(used) == []


def test_fsck_reports_the_group_once_as_an_error_if_services_are_different_users(
    used: ModelStore,
) -> None:
    assign_owners(used.layout.root, ACCOUNTS)
    apply_fs_group(used.layout.root, GROUP)
    (message,) = messages(used)
    assert message.startswith(f"error: Group {GROUP} can write ")
    assert "volume-init" in message


def give_to_anybody(store: ModelStore) -> None:
    """Make the store of one arbitrary user, on a volume whose root belongs to root."""
    for path in store.layout.root.rglob("*"):
        os.chown(path, ANYBODY, 0, follow_symlinks=False)
    apply_fs_group(store.layout.root, GROUP)


def test_a_store_of_one_arbitrary_user_with_an_fs_group_has_no_error(used: ModelStore) -> None:
    give_to_anybody(used)
    (message,) = messages(used)
    assert message.startswith(f"note: Group {GROUP} can write ")


def test_in_such_a_store_a_file_of_another_user_and_one_open_to_all_are_errors(
    used: ModelStore,
) -> None:
    give_to_anybody(used)
    os.chown(used.layout.registry, 30001, GROUP)
    used.layout.decision(1).chmod(0o666)
    found = [each for each in messages(used) if each.startswith("error")]
    assert any(f"{used.layout.registry} belongs to user 30001" in each for each in found)
    assert any(f"can write {used.layout.decision(1)}" in each for each in found)


def test_without_the_marks_of_an_fs_group_each_path_is_an_error(used: ModelStore) -> None:
    used.layout.registry.chmod(0o664)
    (message,) = messages(used)
    assert message.startswith(f"error: Users other than the owner can write {used.layout.registry}")


def test_the_gatekeeper_closes_its_token_at_its_start_and_at_each_use(
    store: ModelStore, open_to_all: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The second start of a pod with an fsGroup ended before."""
    layout = store.layout
    os.chown(layout.root, ANYBODY, GROUP)
    open_to_all(layout.root.parent)

    def use() -> None:
        with caplog.at_level(logging.WARNING):
            content = create_own_token(layout).read()
            for _ in range(2):
                layout.token.chmod(0o660)
                token = create_own_token(layout)
                assert token.read() == content
                assert stat.S_IMODE(layout.token.stat().st_mode) == 0o600
            layout.token.chmod(0o660)
            assert token.matches(content)
            assert stat.S_IMODE(layout.token.stat().st_mode) == 0o600
            assert "could access the token file" in caplog.text

    as_another_user(use, ANYBODY)


def test_a_token_that_everybody_can_read_or_that_another_user_owns_is_refused(
    store: ModelStore, open_to_all: Callable[[Path], None]
) -> None:
    token = create_own_token(store.layout)
    store.layout.token.chmod(0o664)
    with pytest.raises(TokenError, match="chmod 600"):
        token.read()
    store.layout.token.chmod(0o660)
    os.chown(store.layout.token, -1, ANYBODY)
    open_to_all(store.layout.root)

    def use() -> None:
        with pytest.raises(TokenError, match=r"0660.*user 0"):
            token.read()

    as_another_user(use, ANYBODY)


def test_one_arbitrary_user_writes_a_store_whose_root_it_does_not_own(
    tmp_path: Path, open_to_all: Callable[[Path], None]
) -> None:
    """The root of the volume belongs to root and the group, as in a restricted namespace."""
    root = tmp_path / "volume"
    root.mkdir()
    apply_fs_group(root, ANYBODY)  # as_another_user has a group of this number
    open_to_all(tmp_path)

    def use() -> None:
        store = open_for_writing(root, ".", "candidates", "models", "decisions", "serving")
        promote(store, toy_model())
        create_own_token(store.layout).read()

    as_another_user(use, ANYBODY)
    assert [each for each in messages(ModelStore(root)) if each.startswith("error")] == []
