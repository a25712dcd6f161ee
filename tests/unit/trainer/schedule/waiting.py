"""A waiting trainer on a real store, with a clock of the test and trainings that it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.live.drift_record import DriftedPart, DriftEvent, DriftRecord
from shared.store.store import ModelStore
from shared.training.training_files import TrainingFiles
from shared.training.training_status import TrainingStatus
from tests.support.stores.builders import toy_candidate
from trainer.cron import CronSchedule
from trainer.schedule.cause_watch import CauseWatch
from trainer.schedule.data_watch import DataWatch
from trainer.schedule.first_status import write_first_status
from trainer.schedule.waiting_trainer import WaitingTrainer
from trainer.settings import TrainerSettings

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class ToyTraining:
    """A training that publishes a toy candidate, or fails, when the test ends it."""

    def __init__(self, store: ModelStore) -> None:
        self.store = store
        self.error: str | None = None
        self.status: int | None = None

    def publish(self) -> str:
        self.status = 4
        return toy_candidate().publish(self.store)

    def fail(self, error: str) -> None:
        self.status, self.error = 1, error

    def poll(self) -> int | None:
        return self.status

    def stop(self) -> int:
        self.status = 143
        return self.status


class Waiting:
    """A waiting trainer, its time, and the trainings that it has begun."""

    def __init__(
        self, store: ModelStore, begin: str = "2026-01-31T12:00:00Z", **own: object
    ) -> None:
        self.store = store
        self.now = datetime.fromisoformat(begin)
        self.own = TrainerSettings.model_validate(own)
        self.trainings: list[ToyTraining] = []
        self.restart()

    def restart(self, **changes: object) -> None:
        """Go on with a new process, as after a kill."""
        self.own = self.own.model_copy(update=changes)
        schedule = self.own.schedule
        data = DataWatch(self.own.watched, clock=self._seconds) if self.own.watched else None
        watch = CauseWatch(
            self.store.layout,
            CronSchedule(schedule, self.own.timezone) if schedule else None,
            data if self.own.watch else None,
            on_drift=self.own.on_drift,
        )
        status = write_first_status(self.store, self.own, self.now)
        self.trainer = WaitingTrainer(self.store, watch, self._start, status)

    def to(self, time: str) -> None:
        """Set the clock and make one step."""
        self.now = datetime.fromisoformat(time)
        self.step()

    def step(self, after: timedelta = timedelta(0)) -> None:
        self.now += after
        self.trainer.step(self.now)

    def end(self) -> None:
        """Let the running training publish a candidate, and step."""
        self.trainings[-1].publish()
        self.step()

    @property
    def status(self) -> TrainingStatus:
        """The status on disk."""
        status = TrainingFiles(self.store.layout).read_status()
        assert status is not None
        return status

    def _start(self, _lock: int) -> ToyTraining:
        self.trainings.append(ToyTraining(self.store))
        return self.trainings[-1]

    def _seconds(self) -> float:
        return self.now.timestamp()


def write_drift(path: Path, *kinds: str, at: datetime = datetime(2026, 1, 31, tzinfo=UTC)) -> None:
    """Write drift.json with events of these kinds, such as began and ended, all at *at*."""
    events = [
        {"number": number, "kind": kind, "at": at, "version": 1, "features": ("x",)}
        for number, kind in enumerate(kinds, 1)
    ]
    part = DriftedPart(
        part="values", feature="x", stability_index=0.5, p_value=0.0, rows=2000, since=at
    )
    record = DriftRecord(
        checked_at=at,
        version=1,
        not_checked=None,
        drifted=(part,) if kinds and kinds[-1] == "began" else (),
        events=tuple(DriftEvent.model_validate({**each, "predictions": False}) for each in events),
    )
    new = path.with_name(".new")
    new.write_bytes(record.encode())
    new.rename(path)
