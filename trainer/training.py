"""Run the trainer once, from the data to the decision."""

from contextlib import ExitStack

from shared.contract.documents import Decision
from shared.contract.layout import CANDIDATES
from shared.contract.signatures import signing_key
from shared.settings import CommonSettings
from shared.store.store import open_for_writing
from trainer.cluster.pool_choice import open_pool
from trainer.console import Console
from trainer.fitting.warning_notes import note_warnings
from trainer.loaded_data import load_data
from trainer.publishing.promotion_wait import await_promotion
from trainer.publishing.rollout import Rollout
from trainer.schedule.training_lock import hold_training_lock
from trainer.settings import TrainerSettings
from trainer.step_times import timed


def train(
    common: CommonSettings,
    own: TrainerSettings,
    console: Console,
    start_seconds: float = 0.0,
    lock: int | None = None,
) -> Decision:
    """Train, publish, and wait for the decision and for all workers to serve it.

    *start_seconds* is the time from the start of the process to this call, for the manifest.
    *lock* is the open file with the lock of trainings, if the waiting trainer holds it.
    Raises SettingsError, DatasetError or CandidatesError for input that the user can correct.
    Raises StoreError or KeyFileError for an unusable store or signing key. Raises UndecidedError
    if there is no decision in time, or if the candidate awaits approval.
    """
    key = signing_key(own.signing_key)  # fail before hours of work, not after
    store = open_for_writing(common.store_dir, CANDIDATES)
    log = store.shared_log()
    log.refresh()
    rollout = Rollout(store.heartbeats)
    with note_warnings(console), ExitStack() as stack:
        stack.enter_context(hold_training_lock(store.layout, lock, console))
        durations = {"start_seconds": start_seconds}
        if own.holdout_rows is None:
            data = load_data(store, common, own, console, durations)
            make_pool = stack.enter_context(open_pool(own, console))
        else:
            from trainer.partitions.partitioned_run import (  # noqa: PLC0415 - needs Dask
                open_partitioned_run,
            )

            data, make_pool = stack.enter_context(
                open_partitioned_run(store, common, own, console, durations)
            )
        with timed(durations, "start"):  # after the data, whose problems must not wait for it
            from trainer.best_candidate import publish_best  # noqa: PLC0415 - slow to import
        manifest = publish_best(
            store,
            common,
            own,
            console,
            data,
            log=log,
            durations=durations,
            key=key,
            make_pool=make_pool,
        )
    return await_promotion(
        store, log, rollout, manifest.candidate_id, seconds=own.wait_seconds, console=console
    )
