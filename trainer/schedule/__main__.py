"""`python -m trainer.schedule`: wait, and train for each cause that the settings name.

It takes requests of the gatekeeper's page too. Only one process waits on a store. Another one takes
its place when it ends.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from datetime import UTC, datetime

from shared.contract.layout import CANDIDATES, TRAINING
from shared.errors import ModelgateError, StoreError, StoreNotWritableError
from shared.logs import set_up_logging
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings
from shared.store.store import ModelStore, open_for_writing
from shared.text import to_printable
from shared.training.file_lock import FileLock
from trainer.cron import CronSchedule
from trainer.exit_status import GOOD, report_error
from trainer.schedule.cause_watch import CauseWatch
from trainer.schedule.data_watch import DataWatch
from trainer.schedule.first_status import write_first_status
from trainer.schedule.training_child import TrainingProcess
from trainer.schedule.waiting_trainer import WaitingTrainer
from trainer.settings import TrainerSettings, require_data_to_watch

logger = logging.getLogger(__name__)

STEP_SECONDS = 1.0
CONFIDENCE = "GATEKEEPER_CONFIDENCE"
_BY_CHANCE = (
    f"{CONFIDENCE} is not set. Equal models will replace each other by chance with each training. "
    f"Set it, such as {CONFIDENCE}=0.95; see docs/chance.md."
)
_PATIENCE = 3
"""Attempts to get the lock before the process reports another one: readers test the lock too."""


def main() -> int:
    """Wait until SIGTERM or SIGINT; return the trainer's exit status for unusable settings."""
    parser = argparse.ArgumentParser(
        prog="python -m trainer.schedule",
        description="Wait, and train at the times of TRAINER_SCHEDULE, when the data set changes "
        "(TRAINER_WATCH), when production drifts (TRAINER_ON_DRIFT), or on request.",
    )
    parser.add_argument(
        "--end-with-parent", metavar="PID", type=int, help="exit when the parent process PID exits"
    )
    options = parser.parse_args()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        common, own = load_settings(CommonSettings), load_settings(TrainerSettings)
        set_up_logging(common.log_level, common.log_format)
        require_data_to_watch(own)
        store = open_for_writing(common.store_dir, CANDIDATES, TRAINING)
        if options.end_with_parent:
            exit_with_parent(options.end_with_parent)
        wait(store, own, stopping)
    except (ModelgateError, OSError) as error:
        return report_error(error)
    return GOOD


def wait(store: ModelStore, own: TrainerSettings, stopping: threading.Event) -> None:
    """Train for each cause until *stopping*; raise StoreError if the store has no locks."""
    lock = FileLock(store.layout.waiting_lock)
    try:
        if not _stand_by(lock, stopping):
            return
        _say_what_is_awaited(own)
        watch = CauseWatch(
            store.layout,
            CronSchedule(own.schedule, own.timezone) if own.schedule else None,
            DataWatch(own.watched, stopping.is_set) if own.watched else None,
            on_drift=own.on_drift,
        )
        status = write_first_status(store, own, datetime.now(UTC))
        trainer = WaitingTrainer(store, watch, TrainingProcess, status)
        _loop(trainer, stopping)
    finally:
        lock.close()


def _loop(trainer: WaitingTrainer, stopping: threading.Event) -> None:
    shown = None
    while not stopping.is_set():
        try:
            trainer.step(datetime.now(UTC))
            shown = None
        except (StoreError, OSError) as error:
            if str(error) != shown:  # such as a full disk, for hours
                logger.error("The store cannot be used: %s", to_printable(error))  # noqa: TRY400
            shown = str(error)
        stopping.wait(STEP_SECONDS)
    trainer.stop(datetime.now(UTC))


def _stand_by(lock: FileLock, stopping: threading.Event) -> bool:
    """Wait for the lock of waiting trainers; return False if the process must stop before.

    Raises StoreNotWritableError if the file system has no locks.
    """
    attempts = 0
    while not stopping.is_set():
        try:
            if lock.try_exclusively():
                return True
        except OSError as error:
            raise StoreNotWritableError(
                f"The file system of the store has no file locks: {error.strerror}. Trainings by "
                "schedule need them. Use cron with `./modelgate retrain`, or a CronJob."
            ) from error
        attempts += 1
        if attempts == _PATIENCE:
            logger.info("Another process waits on this store. This one takes over when it ends.")
        stopping.wait(STEP_SECONDS)
    return False


def _say_what_is_awaited(own: TrainerSettings) -> None:
    causes = ["requests"]
    if own.schedule is not None:
        causes.append(f"the schedule {own.schedule} ({own.timezone})")
    if own.watch:
        causes.append(f"changes of {own.dataset}")
    if own.on_drift:
        causes.append("drift")
    logger.info("Training by itself waits for %s.", ", ".join(causes))
    if own.trains_by_itself and not os.environ.get(CONFIDENCE):
        logger.warning(_BY_CHANCE)


if __name__ == "__main__":
    sys.exit(main())
