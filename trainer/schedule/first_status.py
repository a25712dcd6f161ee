"""The status with which a waiting trainer begins: that of the one before it, or a new one."""

import os
import socket
from datetime import datetime

from shared.contract.heartbeat import MAX_HOST_CHARACTERS
from shared.store.store import ModelStore
from shared.text import to_printable
from shared.training.training_files import TrainingFiles
from shared.training.training_status import HandledCauses, TrainingStatus
from trainer.cron import CronSchedule
from trainer.schedule.cause_watch import DriftFile
from trainer.schedule.causes import first_event
from trainer.schedule.clock_limits import limit_times
from trainer.schedule.data_watch import DataWatch
from trainer.settings import TrainerSettings


def write_first_status(store: ModelStore, own: TrainerSettings, now: datetime) -> TrainingStatus:
    """Return and write the status of this process.

    Causes that came while no process waited stay due. A new schedule has missed no run.
    Raises StoreError or OSError.
    """
    files = TrainingFiles(store.layout)
    found = files.find_status()
    old = limit_times(found, now) if found else None
    handled = _handled(store, own, old, now)
    if own.watched and handled.data is None:
        # At once, because a change while this process waits for stable data is a cause.
        handled = handled.model_copy(update={"data": DataWatch(own.watched).read_now()})
    schedule = CronSchedule(own.schedule, own.timezone) if own.schedule else None
    planned = schedule.next_after(handled.schedule_until) if schedule else None
    retry_at = old.retry_at if old else None
    status = TrainingStatus(
        host=to_printable(socket.gethostname())[:MAX_HOST_CHARACTERS],
        pid=os.getpid(),
        schedule=own.schedule,
        timezone=own.timezone,
        watch=own.watch,
        on_drift=own.on_drift,
        next_run=retry_at or planned,
        running=old.running if old else None,
        last_run=old.last_run if old else None,
        failures=old.failures if old else 0,
        retry_at=retry_at,
        handled=handled,
    )
    files.write_status(status)
    return status


def _handled(
    store: ModelStore, own: TrainerSettings, old: TrainingStatus | None, now: datetime
) -> HandledCauses:
    event = first_event(DriftFile(store.layout.drift).read())
    if old is None:
        request = TrainingFiles(store.layout).find_request()
        return HandledCauses(
            schedule_until=now,
            drift_event=event.number if event else 0,
            drift_at=event.at if event else None,
            drift_trained_at=None,
            request=request.id if request else None,
            data=None,
        )
    changes: dict[str, object] = {}
    if (old.schedule, old.timezone) != (own.schedule, own.timezone):
        changes["schedule_until"] = now
    if not old.on_drift:
        changes["drift_event"] = event.number if event else 0
        changes["drift_at"] = event.at if event else None
    if not old.watch:
        changes["data"] = None
    return old.handled.model_copy(update=changes)
