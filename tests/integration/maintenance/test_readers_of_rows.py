"""Three users read rows and labels, which may describe people; only their writers change them."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.containers.volume_owners import Accounts, User, assign_owners
from shared.maintenance.checks.permission_checker import check_permissions
from shared.prediction_log.label import Label, encode_label
from shared.prediction_log.logged_row import LoggedAnswer, LoggedRow, encode_row
from shared.prediction_log.segments import (
    list_feedback_segments,
    list_prediction_segments,
    read_labels,
    read_rows,
)
from shared.store.durable_write import (
    ROW_DIRECTORY_MODE,
    ROW_FILE_MODE,
    make_directory,
    share_with_group,
    write_new_file,
)
from shared.store.store import ModelStore
from tests.support.processes.unprivileged_user import as_another_user

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

TRAINER, GATEKEEPER, PREDICTOR, NOTIFIER, ROWS = range(30001, 30006)
USERS = {
    "trainer": User(TRAINER, TRAINER),
    "gatekeeper": User(GATEKEEPER, GATEKEEPER),
    "predictor": User(PREDICTOR, PREDICTOR),
    "notifier": User(NOTIFIER, NOTIFIER),
}
NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def shared(tmp_path: Path, open_to_all: Callable[[Path], None]) -> ModelStore:
    """Return a store of four users with one row and one label, each by its writer."""
    open_to_all(tmp_path)
    store = ModelStore(tmp_path / "volume")
    store.layout.root.mkdir()
    assign_owners(store.layout.root, Accounts(USERS, ROWS))
    row = LoggedRow("a", NOW, 1, {"x": 1.0}, LoggedAnswer(0))
    write_as(PREDICTOR, store.layout.prediction_segment("w", 1), encode_row(row))
    write_as(GATEKEEPER, store.layout.feedback_segment(1), encode_label(Label("a", 0, NOW)))
    return store


def write_as(uid: int, path: Path, line: bytes) -> None:
    def write() -> None:
        if not path.parent.exists():
            make_directory(path.parent, mode=ROW_DIRECTORY_MODE)
            share_with_group(path.parent, path.parent.parent)
        write_new_file(path, [line], mode=ROW_FILE_MODE)
        share_with_group(path, path.parent)

    as_another_user(write, uid, [ROWS])


def read(store: ModelStore) -> None:
    """Read the row and the label."""
    (rows,), (labels,) = (
        list_prediction_segments(store.layout),
        list_feedback_segments(store.layout),
    )
    assert [row.id for row in read_rows(rows)] == ["a"]
    assert [label.id for label in read_labels(labels)] == ["a"]


def test_members_of_the_group_read_rows_and_labels(shared: ModelStore) -> None:
    for uid in (TRAINER, GATEKEEPER, PREDICTOR):
        as_another_user(lambda: read(shared), uid, [ROWS])
    assert list(check_permissions(shared.layout)) == []


def test_the_notifier_reads_neither(shared: ModelStore) -> None:
    row, label = shared.layout.prediction_segment("w", 1), shared.layout.feedback_segment(1)

    def attempt() -> None:
        for use in (
            row.read_bytes,
            label.read_bytes,
            lambda: list(shared.layout.feedback.iterdir()),
        ):
            with pytest.raises(PermissionError):
                use()

    as_another_user(attempt, NOTIFIER)


def test_a_reader_changes_nothing(shared: ModelStore) -> None:
    row, label = shared.layout.prediction_segment("w", 1), shared.layout.feedback_segment(1)

    def attempt(*paths: Path) -> None:
        for path in paths:
            for use in (path.unlink, lambda path=path: path.open("a"), path.with_name("new").touch):
                with pytest.raises(PermissionError):
                    use()

    as_another_user(lambda: attempt(row, label), TRAINER, [ROWS])
    as_another_user(lambda: attempt(label), PREDICTOR, [ROWS])
    as_another_user(lambda: attempt(row), GATEKEEPER, [ROWS])


def test_a_writer_outside_the_group_is_an_error_of_the_store(shared: ModelStore) -> None:
    path = shared.layout.feedback_segment(2)

    def write() -> None:
        write_new_file(path, [], mode=ROW_FILE_MODE)
        share_with_group(path, path.parent)

    as_another_user(write, GATEKEEPER)
    (issue,) = check_permissions(shared.layout)
    assert issue.message.startswith(f"{path} has group {GATEKEEPER}; expected group {ROWS}")
