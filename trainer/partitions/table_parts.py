"""Find out how a folder of Parquet is read in parts, from its names, types and strings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import DatasetError, SettingsError
from shared.text import join_some, quote
from trainer.dataset.table_dataset import decide_table_kinds
from trainer.dataset.table_plan import plan_reading
from trainer.dataset.table_reading import TableReading
from trainer.files.parquet_files import ParquetFiles
from trainer.files.partition_folders import PartitionedFile
from trainer.partitions.file_parts import FilePart, list_parts
from trainer.partitions.part_reader import PartReader
from trainer.problems import Problems
from trainer.settings import TrainerSettings
from trainer.tables.feature_columns import FeatureColumns

_WHOLE_TABLE = ("time", "slice_columns", "refit", "live")
"""Settings that need all rows in memory."""


@dataclass(frozen=True)
class TableParts:
    """The files of a table, and how their parts are read."""

    reader: PartReader
    names: Sequence[str]
    """The features."""
    files: Sequence[PartitionedFile]
    notes: tuple[str, ...]

    def divide(self, memory: int | None = None) -> list[FilePart]:
        """List the parts for workers with at least *memory* bytes; None is without a limit."""
        return list_parts(self.files, len(self.names), memory)


def require_parts(settings: TrainerSettings) -> None:
    """Raise SettingsError for settings that do not go with TRAINER_HOLDOUT_ROWS."""
    folder = settings.dataset
    if settings.dask is None or not isinstance(folder, Path) or not folder.is_dir():
        raise SettingsError(
            "TRAINER_HOLDOUT_ROWS reads the rows in parts on a Dask cluster. It needs "
            "TRAINER_DASK, and a folder of Parquet files as TRAINER_DATASET. Set both, or unset it."
        )
    for name in _WHOLE_TABLE:
        if getattr(settings, name):
            raise SettingsError(
                f"TRAINER_{name.upper()} needs all rows in memory, but TRAINER_HOLDOUT_ROWS reads "
                "them in parts. Unset one of them."
            )


def plan_parts(settings: TrainerSettings, metric: str) -> TableParts:
    """Decide on the kinds of all columns. Only columns of strings are read for this.

    Raises SettingsError and DatasetError, or ProblemsError for several.
    """
    problems = Problems()
    plan = plan_reading(settings, problems, TableReading())
    found = decide_table_kinds(plan, metric, problems)
    problems.require_none()
    table, roles = plan.table, plan.roles
    assert isinstance(table, ParquetFiles)  # noqa: S101 - the data set is a folder
    assert roles.target is not None  # noqa: S101 - otherwise there was a problem
    columns = FeatureColumns(
        table.schema,
        {name: found.kinds[name] for name in plan.features},
        0,
        plan.settings.missing,
    )
    if columns.refused:
        named = [f"{quote(name)}: {reason}" for name, reason in columns.refused.items()]
        raise DatasetError(
            f"These columns of {plan.source} cannot be features: {join_some(named)}. Leave them "
            "out with TRAINER_DROP."
        )
    if not columns.names:
        raise DatasetError(f"{plan.source} has no features.")
    reader = PartReader(
        source=plan.source,
        schema=table.schema,
        kinds={name: found.kinds[name] for name in columns.names},
        target=roles.target,
        target_kind=found.kinds[roles.target],
        key=roles.key,
        key_kind=None if roles.key is None else found.kinds.get(roles.key),
        missing=plan.settings.missing,
    )
    left_out = tuple(
        f"{quote(name)} is left out: {why}." for name, why in columns.by_products.items()
    )
    return TableParts(reader, columns.names, table.parts, left_out)
