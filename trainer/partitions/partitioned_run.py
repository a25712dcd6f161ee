"""Load a table in parts: only samples and the bounded holdout come to the trainer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from shared.contract.documents import DataSummary
from shared.errors import SettingsError
from shared.scoring.costs import make_table, require_costs
from shared.scoring.row_hash_file import RowHashes
from shared.scoring.scorer_names import check_metric_fits
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from trainer.candidates.candidate_table import Table, load_candidates
from trainer.cluster.connection import Cluster, open_cluster
from trainer.cluster.user_modules import collect_modules
from trainer.cluster.worker_watch import watch_workers
from trainer.console import Console
from trainer.dataset.columns.alike_labels import describe_labels
from trainer.dataset.labels import require_positive_class
from trainer.dataset.split import SPLITS, SplitRule, Splits
from trainer.fitting.trial_pool import MakePool
from trainer.loaded_data import LoadedData
from trainer.partitions.cluster_tasks import run_on_parts
from trainer.partitions.earlier_rows import find_earlier_rows
from trainer.partitions.holdout_draw import Marks, draw_holdout, sample
from trainer.partitions.lazy_rows import PartSource, list_sources
from trainer.partitions.part_survey import HOLDOUT, PartSurvey, survey_part
from trainer.partitions.part_trials import PartTrialPool
from trainer.partitions.samples import join_samples, list_samples, read_samples
from trainer.partitions.table_parts import TableParts, plan_parts, require_parts
from trainer.partitions.whole_table import WholeTable, join_surveys
from trainer.publishing.data_summary import count_classes
from trainer.publishing.earlier_split import find_recorded_split
from trainer.settings import TrainerSettings
from trainer.step_times import timed

_TRAIN, _VALIDATION = SPLITS.index("train"), SPLITS.index("validation")


@contextmanager
def open_partitioned_run(
    store: ModelStore,
    common: CommonSettings,
    own: TrainerSettings,
    console: Console,
    durations: dict[str, float],
) -> Iterator[tuple[LoadedData, MakePool]]:
    """Yield the data of a run, and what makes its pool, while the cluster is connected.

    Raises the errors of `load_data` and `open_cluster`.
    """
    require_parts(own)
    console.show_progress("Loading the data")
    require_costs(common.metric, common.costs)
    candidates = load_candidates(own.candidates) if own.candidates else _default_table(common)
    with timed(durations, "load"):
        table = plan_parts(own, common.metric)
    assert own.dask is not None  # noqa: S101 - require_parts
    with open_cluster(own.dask, console) as cluster, watch_workers(cluster, console):
        cluster.require_same_versions()
        _send_modules(cluster, own)
        run = _PartitionedRun(cluster, console, store, common=common, own=own, table=table)
        with timed(durations, "load"):
            run.survey()
        with timed(durations, "split"):
            data = run.load(candidates)
        yield data, run.make_pool


def _send_modules(cluster: Cluster, own: TrainerSettings) -> None:
    """Send the user's modules: an estimator may have their functions, such as an objective."""
    from trainer.cluster.modules_plugin import send_modules  # noqa: PLC0415 - needs Dask

    send_modules(cluster, collect_modules(own.candidates))


class _PartitionedRun:
    def __init__(
        self,
        cluster: Cluster,
        console: Console,
        store: ModelStore,
        *,
        common: CommonSettings,
        own: TrainerSettings,
        table: TableParts,
    ) -> None:
        self._cluster, self._console, self._store = cluster, console, store
        self._common, self._own, self._table = common, own, table
        self._log = store.shared_log()
        self._log.refresh()
        self._rule = self._choose_rule()
        self._parts = table.divide(cluster.find_least_memory())
        self._surveys: Sequence[PartSurvey] = ()
        self._whole: WholeTable
        self._marks: dict[int, list[Marks]] = {}

    def survey(self) -> None:
        """Read all parts once, and join what was found."""
        reader, own = self._table.reader, self._own
        self._surveys = self._run(
            "Reading the data", survey_part, [(reader, self._rule, p) for p in self._parts]
        )
        metric = self._common.metric
        self._whole = join_surveys(reader, self._table.names, self._surveys, own, metric)
        classes = self._whole.schema.classes
        check_metric_fits(metric, len(classes), describe_labels(classes))
        make_table(self._common.costs, classes)
        if own.threshold is not None:
            is_named = own.positive_label is not None
            require_positive_class(classes, reader.target, is_named=is_named)

    def load(self, candidates: Table) -> LoadedData:
        """Return the holdout, samples of train and validation, and the facts about all rows."""
        own, surveys = self._own, self._surveys
        most = own.holdout_rows or 0
        earlier = find_earlier_rows(self._store, self._log)
        if own.new_holdout:
            earlier = earlier[:0]
        drawn = draw_holdout(
            [s.holdout for s in surveys], [s.order for s in surveys], most, earlier
        )
        self._marks = {
            _TRAIN: [survey.splits == _TRAIN for survey in surveys],
            _VALIDATION: [survey.splits == _VALIDATION for survey in surveys],
            HOLDOUT: [
                _mark(survey.splits == HOLDOUT, chosen)
                for survey, chosen in zip(surveys, drawn, strict=True)
            ],
        }
        splits = join_samples(
            self._run(
                "Reading samples",
                read_samples,
                list_samples(
                    self._table.reader,
                    self._parts,
                    self._whole,
                    (
                        sample(self._marks[_TRAIN], most),
                        sample(self._marks[_VALIDATION], most),
                        self._marks[HOLDOUT],
                    ),
                ),
            )
        )
        held = [survey.holdout[chosen] for survey, chosen in zip(surveys, drawn, strict=True)]
        hashes = RowHashes(
            np.unique(np.concatenate([survey.fitted for survey in surveys])), np.concatenate(held)
        )
        return LoadedData(
            candidates=candidates,
            schema=self._whole.schema,
            splits=splits,
            hashes=hashes,
            summary=self._summarise(splits),
            warnings=(),
        )

    def make_pool(self, context: Any, _trials: int) -> PartTrialPool:
        """Return the pool that fits on all rows of train."""
        return PartTrialPool(
            self._cluster,
            context,
            self._sources(self._marks[_TRAIN]),
            self._sources(self._marks[_VALIDATION]),
            self._whole.classes,
        )

    def _choose_rule(self) -> SplitRule:
        reader, own = self._table.reader, self._own
        recorded = find_recorded_split(self._store, self._log, reader.target, own.row_key)
        if own.split_salt and (recorded is None or recorded.salt != own.split_salt):
            return SplitRule(own.split_salt)
        return recorded or SplitRule()

    def _sources(self, marks: Sequence[Marks]) -> list[PartSource]:
        reader, features = self._table.reader, self._whole.schema.features
        return list_sources(reader, self._parts, features, marks)

    def _run(self, text: str, function: Any, arguments: Sequence[tuple[Any, ...]]) -> Any:
        return run_on_parts(self._cluster, self._console, text, function, arguments)

    def _summarise(self, splits: Splits) -> DataSummary:
        whole, schema = self._whole, self._whole.schema
        held = len(splits.holdout.rows)
        of_holdout = {"holdout": count_classes(splits.holdout, schema.classes)}
        note = (
            f"The rows were read in {len(self._parts)} parts. The holdout has {held} of "
            f"{whole.counts['holdout']} rows in its range (TRAINER_HOLDOUT_ROWS); the others are "
            "not used. The split was not checked for similar rows."
        )
        return DataSummary(
            source=self._table.reader.source,
            fingerprint=whole.fingerprint,
            rows=sum(whole.counts.values()),
            target=self._table.reader.target,
            parts={**whole.counts, "holdout": held},
            class_counts={**whole.class_counts, **of_holdout},
            target_range=whole.label_range,
            features=schema.features,
            notes=(*self._table.notes, note),
            split_salt=self._rule.salt,
            moved_rows={f"{r:016x}": SPLITS[s] for r, s in sorted(self._rule.moved.items())},
            row_key=self._own.row_key,
        )


def _default_table(common: CommonSettings) -> Table:
    from shared.scoring.scorer_names import is_for_regression  # noqa: PLC0415 - used once

    try:
        from xgboost import XGBClassifier, XGBRegressor  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SettingsError(
            "TRAINER_HOLDOUT_ROWS fits XGBoost, which is not installed. Set BOOSTERS=true for "
            "`make run`, `make retrain` and `docker compose build`."
        ) from error
    return {"xgboost": XGBRegressor() if is_for_regression(common.metric) else XGBClassifier()}


def _mark(candidates: Marks, chosen: Marks) -> Marks:
    marks = np.zeros_like(candidates)
    marks[np.flatnonzero(candidates)[chosen]] = True
    return marks
