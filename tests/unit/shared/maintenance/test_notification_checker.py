"""The checker names every damage among the cursors of receivers."""

from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.stores.fake_services import follow

RECEIVER = "hooks.example.com-1f0c9a3e"


def found(store: ModelStore) -> list[str]:
    follow(store, RECEIVER)
    return [f"{issue.kind}: {issue.message}" for issue in check_store(store)]


def test_a_cursor_is_nothing_to_report(store: ModelStore) -> None:
    assert found(store) == []


def test_a_torn_cursor_is_an_error_with_its_remedy(store: ModelStore) -> None:
    follow(store, RECEIVER)
    path = store.layout.notification_cursor("other")
    path.write_text("{")
    (message,) = found(store)
    assert message.startswith(f"error: {path} ")
    assert "Delete it" in message


def test_the_cursor_of_another_receiver_is_an_error(store: ModelStore) -> None:
    follow(store, RECEIVER)
    path = store.layout.notification_cursor("other")
    path.write_bytes(store.layout.notification_cursor(RECEIVER).read_bytes())
    path.chmod(0o644)
    (message,) = found(store)
    assert f"is the cursor of {RECEIVER}" in message


def test_a_foreign_file_is_an_error_and_an_unfinished_write_a_note(store: ModelStore) -> None:
    follow(store, RECEIVER)
    (store.layout.notifications / "notes.txt").touch()
    (store.layout.notifications / ".tmp-one").touch()
    error, note = found(store)
    assert "notes.txt does not belong to a store" in error
    assert note.startswith("note: ")
