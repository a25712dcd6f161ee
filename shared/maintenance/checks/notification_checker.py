"""Check the cursors of the notifier: a damaged one would stop the webhooks of its receiver."""

from collections.abc import Iterator

from shared.contract.layout import RECEIVER, StoreLayout
from shared.errors import StoreError
from shared.following.notification_cursor import NotificationCursors
from shared.maintenance.checks.store_issue import StoreIssue, error_issue, note_issue
from shared.store.candidates import hidden_entries


def check_notifications(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Yield an issue for each file that is not the cursor of a receiver."""
    cursors = NotificationCursors(layout)
    for path in hidden_entries(layout.notifications):
        yield note_issue(f"{path} is left over, or is being written.")
    if not layout.notifications.is_dir():
        return
    for path in sorted(layout.notifications.iterdir()):
        name = path.name.removesuffix(".json")
        if path.name.startswith("."):
            continue
        if name == path.name or not RECEIVER.fullmatch(name):
            yield error_issue(f"{path} does not belong to a store.")
            continue
        try:
            cursors.read(name)
        except StoreError as error:
            yield error_issue(f"{error} Delete it: the receiver then gets the events from now on.")
