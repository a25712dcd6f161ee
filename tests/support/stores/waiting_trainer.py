"""A waiting trainer as the gatekeeper sees it: its status, and the lock that it holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from shared.store.store import ModelStore
from shared.training.file_lock import FileLock
from shared.training.training_files import TrainingFiles
from shared.training.training_status import FinishedTraining, HandledCauses, TrainingStatus

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
LAST = FinishedTraining(
    causes=("schedule", "request"),
    started_at=NOON,
    ended_at=NOON,
    requested_by="<ada>",
    result="failed",
    candidate_id=None,
    outcome=None,
    message="The table <b>is</b> empty.",
)
STATUS = TrainingStatus(
    host="host",
    pid=17,
    schedule="0 3 * * *",
    timezone="Europe/Vienna",
    watch=True,
    on_drift=True,
    next_run=datetime(2026, 2, 1, 2, tzinfo=UTC),
    running=None,
    last_run=LAST,
    failures=2,
    retry_at=None,
    handled=HandledCauses(
        schedule_until=NOON, drift_event=0, drift_trained_at=None, request=None, data=None
    ),
)


@contextmanager
def waiting(store: ModelStore, status: TrainingStatus = STATUS) -> Iterator[None]:
    """Write the status and hold the lock of a waiting trainer."""
    TrainingFiles(store.layout).write_status(status)
    lock = FileLock(store.layout.waiting_lock)
    assert lock.try_exclusively()
    try:
        yield
    finally:
        lock.close()
