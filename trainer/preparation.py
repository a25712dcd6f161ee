"""Prepare a run: the candidate table, the data and its split. All problems are found at once.

A run and `make check-data` share this code, so a table without a problem can be trained on.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from shared.scoring.costs import make_table, require_costs
from shared.scoring.scorer_names import check_metric_fits
from shared.settings import CommonSettings
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from trainer.candidates.candidate_table import Table, load_candidates
from trainer.console import Console, ShowProgress, show_nothing
from trainer.dataset.columns.alike_labels import describe_labels
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import begin_reading, read_dataset
from trainer.dataset.number_precision import require_precision
from trainer.dataset.split import SplitRule, Splits
from trainer.problems import Problems
from trainer.publishing.earlier_split import find_recorded_split
from trainer.publishing.gate_warnings import warn_about_metric, warn_about_positive_class
from trainer.settings import TrainerSettings
from trainer.splits.split_choice import SplitChoice, require_rows_of_each_class, split_by_hash
from trainer.splits.time_split import split_by_time
from trainer.step_times import timed

if TYPE_CHECKING:
    from trainer.dataset.table_reading import TableReading

LOADING = "Loading the data"


@dataclass(frozen=True)
class PreparedRun:
    """All that a run needs before it fits estimators."""

    candidates: Table | None
    """The table of TRAINER_CANDIDATES; None for the default one."""
    dataset: Dataset
    """Its rows are sorted by split."""
    fingerprint: str
    """That of the data set before its rows were sorted."""
    splits: Splits
    rule: SplitRule


@dataclass
class Preparation:
    """The preparation of a run, also one that found problems."""

    problems: Problems
    reading: "TableReading | None"
    """The facts about the columns; None for the default data."""
    run: PreparedRun | None = None
    """None if there are problems."""
    warnings: list[str] = field(default_factory=list)
    """The reasons why the gatekeeper will probably refuse the candidate."""


def prepare_run(
    store: ModelStore,
    common: CommonSettings,
    own: TrainerSettings,
    problems: Problems | None = None,
    durations: dict[str, float] | None = None,
    *,
    show_progress: ShowProgress = show_nothing,
) -> Preparation:
    """Load and split the data, and find all problems on the way.

    *problems* are those of the settings, which were found before. The seconds of the steps are
    added to *durations*. Raises StoreError for an unusable store.
    """
    durations = {} if durations is None else durations
    problems = Problems() if problems is None else problems
    result = Preparation(problems, begin_reading(own, partial(_show_rows, show_progress)))
    log = store.shared_log()
    log.refresh()
    result.warnings += warn_about_metric(log, common.metric)
    candidates = None
    if own.candidates is not None:
        with problems:
            candidates = load_candidates(own.candidates)
    with timed(durations, "load"):
        dataset = _load(store, common, own, problems, result.reading)
    if dataset is None:
        return result
    result.warnings += warn_about_positive_class(store, log, common.metric, dataset.schema.classes)
    with timed(durations, "split"):
        if problems:
            _check_classes(dataset, problems)
            return result
        fingerprint = dataset.fingerprint  # before the split sorts the rows
        with problems:
            splits, rule = _split(dataset, store, log, own)
            result.run = PreparedRun(candidates, dataset, fingerprint, splits, rule)
    return result


def require_run(found: Preparation, console: Console) -> PreparedRun:
    """Return the run; with problems, show the columns that have some, and raise an error."""
    if found.reading is not None and found.problems:
        # pyarrow takes long to import, and the default data does not need it.
        from trainer.table_check.table_text import (  # noqa: PLC0415 - see above
            describe_problem_columns,
        )

        console.lines(describe_problem_columns(found.reading, found.problems))
    found.problems.require_none()
    assert found.run is not None  # noqa: S101 - there is no problem
    return found.run


def _show_rows(show_progress: ShowProgress, rows: int) -> None:
    show_progress(LOADING, detail=f"{rows:,} rows")


def _load(
    store: ModelStore,
    common: CommonSettings,
    own: TrainerSettings,
    problems: Problems,
    reading: "TableReading | None",
) -> Dataset | None:
    metric = common.metric
    with problems:
        require_costs(metric, common.costs)
    dataset = read_dataset(own, metric, problems, reading)
    if dataset is None:
        return None
    classes = dataset.schema.classes
    with problems:
        check_metric_fits(metric, len(classes), describe_labels(classes))
        if classes:
            make_table(common.costs, classes)
    if own.live and not problems:
        # It imports pyarrow, which the default data does not need.
        from trainer.live_rows.added_rows import add_live_rows  # noqa: PLC0415 - see above

        with problems:
            dataset = add_live_rows(dataset, store.layout)
    return require_precision(dataset)


def _split(
    dataset: Dataset, store: ModelStore, log: DecisionLog, own: TrainerSettings
) -> tuple[Splits, SplitRule]:
    if dataset.times is not None:
        return split_by_time(dataset, dataset.times), SplitRule()
    recorded = find_recorded_split(store, log, dataset.target_name, own.row_key)
    wish = SplitChoice(own.split_salt, recorded, own.row_key, own.new_holdout)
    return split_by_hash(dataset, wish)


def _check_classes(dataset: Dataset, problems: Problems) -> None:
    """Check as much of the split as is known without the columns that have problems."""
    with problems:
        require_rows_of_each_class(dataset)
        if dataset.times is not None:
            split_by_time(dataset, dataset.times)
