"""Read the rows of a model that was fitted elsewhere: its holdout, and those it was fitted on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from shared.contract.documents import DataSummary
from shared.errors import DatasetError, SettingsError
from shared.scoring.costs import require_costs
from shared.scoring.row_hash_file import RowHashes
from shared.scoring.scorer_names import check_metric_fits
from shared.settings import CommonSettings
from trainer.dataset.columns.alike_labels import describe_labels
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import read_dataset
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import Split, SplitRule, Splits
from trainer.dataset.table_reading import TableReading
from trainer.files.csv_setting import CsvSetting
from trainer.problems import Problems
from trainer.publish.feature_order import order_features
from trainer.publish.joined_table import JoinedTable
from trainer.publish.request import PublishRequest
from trainer.publishing.data_summary import summarise_data
from trainer.settings import TrainerSettings


@dataclass(frozen=True)
class JudgedRows:
    """The rows, in the order: fitted, then holdout."""

    dataset: Dataset
    splits: Splits
    """The fitted rows are train; validation is empty."""
    hashes: RowHashes | None
    """None if it is not known which rows the model was fitted on."""

    def with_order(self, names: Sequence[str]) -> "JudgedRows":
        """Return the rows with their features in the order of *names*, if these are the same.

        Hashes do not depend on the order of columns.
        """
        dataset = order_features(self.dataset, names)
        return replace(self, dataset=dataset, splits=_split(dataset, len(self.splits.train.rows)))


def read_rows(request: PublishRequest, common: CommonSettings, own: TrainerSettings) -> JudgedRows:
    """Read both tables with one schema, by the rules of a training.

    Raises DatasetError or SettingsError for tables that do not fit.
    """
    tables: list[JoinedTable] = []

    def open_joined(_path: Path, setting: CsvSetting, *, is_utf_8: bool) -> JoinedTable:
        table = JoinedTable(request.fitted_on, request.holdout, setting, is_utf_8=is_utf_8)
        tables.append(table)
        return table

    settings = own.model_copy(
        update={
            "dataset": request.holdout,
            "target": request.target,
            "threshold": None,
            "time": None,
            "live": False,
        }
    )
    problems = Problems()
    with _renaming(request):
        with problems:
            require_costs(common.metric, common.costs)
        reading = TableReading(open_file=open_joined)
        dataset = read_dataset(settings, common.metric, problems, reading)
        problems.require_none()
        assert dataset is not None  # noqa: S101 - there is no problem
        classes = dataset.schema.classes
        check_metric_fits(common.metric, len(classes), describe_labels(classes))
    start = len(dataset.rows) - tables[-1].holdout_rows
    hashes = hash_splits(dataset, tables[-1].holdout_rows) if request.fitted_on else None
    dataset = order_features(dataset, tables[-1].fitted_names)
    dataset = replace(dataset, source=request.source or dataset.source)
    return JudgedRows(dataset, _split(dataset, start), hashes)


def summarise_rows(rows: JudgedRows, rule: SplitRule, row_key: str | None) -> DataSummary:
    """Summarise the rows for the manifest. *rule* is that of the store, for later trainings."""
    fingerprint = rows.dataset.fingerprint
    return summarise_data(rows.dataset, fingerprint, rows.splits, rule, row_key)


def _split(dataset: Dataset, start: int) -> Splits:
    """Return the rows before *start* as train, and the others as the holdout."""
    return Splits(
        Split(dataset.rows[:start], dataset.target[:start]),
        Split(dataset.rows[start:start], dataset.target[start:start]),
        Split(
            dataset.rows[start:],
            dataset.target[start:],
            kept=None if dataset.kept is None else dataset.kept.select(slice(start, None)),
        ),
    )


@contextmanager
def _renaming(request: PublishRequest) -> Iterator[None]:
    """Name in errors what the person has named, not the settings of a training."""
    try:
        yield
    except (DatasetError, SettingsError) as error:
        text = str(error)
        if request.fitted_on is not None:
            text = text.replace(
                f"TRAINER_DATASET={request.fitted_on}", f"FITTED_ON={request.fitted_on}"
            )
        text = text.replace("TRAINER_DATASET", "HOLDOUT").replace("TRAINER_TARGET", "TARGET")
        raise DatasetError(text) from error
