"""Look for causes: the time, the data set, drift and requests, as far as they are configured."""

from datetime import datetime
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.live.drift_record import MAX_DRIFT_BYTES, DriftRecord
from shared.store.verified_read import read_document
from shared.training.training_files import TrainingFiles
from shared.training.training_status import HandledCauses
from trainer.cron import CronSchedule
from trainer.schedule.causes import Findings
from trainer.schedule.data_watch import DataWatch


class CauseWatch:
    """The observer of all causes that the settings name, and of requests."""

    def __init__(
        self,
        layout: StoreLayout,
        schedule: CronSchedule | None,
        data: DataWatch | None,
        *,
        on_drift: bool,
    ) -> None:
        self._schedule = schedule
        self._data = data
        self._drift = DriftFile(layout.drift) if on_drift else None
        self._files = TrainingFiles(layout)

    def look(self, handled: HandledCauses) -> Findings:
        """Return what is there now; a document that cannot be read is left out."""
        return Findings(
            planned=self.next_time(handled),
            request=self._files.find_request(),
            drift=self._drift.read() if self._drift else None,
            data=self._data.digest() if self._data else None,
        )

    def next_time(self, handled: HandledCauses) -> datetime | None:
        """Return the first time of the schedule after those that were handled."""
        if self._schedule is None:
            return None
        return self._schedule.next_after(handled.schedule_until)


class DriftFile:
    """drift.json, which is read again only when it was replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int] | None = None
        self._record: DriftRecord | None = None

    def read(self) -> DriftRecord | None:
        """Return the record; None if it is missing or cannot be used."""
        try:
            status = self._path.stat()
            version = status.st_mtime_ns, status.st_ino
            if version != self._version:
                data = read_document(self._path, max_bytes=MAX_DRIFT_BYTES)
                self._record = DriftRecord.decode(data, self._path)
                self._version = version
        except (StoreError, OSError):
            return None
        return self._record
