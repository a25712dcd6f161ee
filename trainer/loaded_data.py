"""The data of a run, loaded and split. Reading it needs no library of estimators."""

from dataclasses import dataclass

from shared.contract.documents import DataSummary
from shared.scoring.row_hash_file import RowHashes
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from trainer.candidates.candidate_table import Table
from trainer.console import Console
from trainer.dataset.dataset import DataSchema
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import Splits
from trainer.preparation import LOADING, prepare_run, require_run
from trainer.publishing.data_summary import summarise_data
from trainer.settings import TrainerSettings
from trainer.step_times import timed


@dataclass(frozen=True)
class LoadedData:
    """The rows of a run and everything that is known about them. The data set itself is freed."""

    candidates: Table | None
    """The table of TRAINER_CANDIDATES; None for the default one."""
    schema: DataSchema
    splits: Splits
    hashes: RowHashes
    summary: DataSummary
    warnings: tuple[str, ...]


def load_data(
    store: ModelStore,
    common: CommonSettings,
    own: TrainerSettings,
    console: Console,
    durations: dict[str, float],
) -> LoadedData:
    """Load and split the data; raise an error that names all problems of settings and data."""
    console.show_progress(LOADING)
    preparation = prepare_run(
        store, common, own, durations=durations, show_progress=console.show_progress
    )
    run = require_run(preparation, console)
    # Here, because it imports scipy: a refused setting or table does not wait for that.
    from trainer.split_checks.split_check import check_split  # noqa: PLC0415 - as above

    with timed(durations, "split"):
        hashes = hash_splits(run.dataset, len(run.splits.holdout.rows))
        summary = summarise_data(run.dataset, run.fingerprint, run.splits, run.rule, own.row_key)
    console.show_progress("Checking the split")
    with timed(durations, "check"):
        findings = check_split(run.dataset, run.splits, hashes, own)
    return LoadedData(
        candidates=run.candidates,
        schema=run.dataset.schema,
        splits=run.splits,
        hashes=hashes,
        summary=findings.add_to(summary),
        warnings=tuple(preparation.warnings),
    )
