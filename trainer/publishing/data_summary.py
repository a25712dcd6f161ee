"""Summarise the data of a run for its manifest, before anything is fitted."""

import numpy as np

from shared.contract.documents import DataSummary
from shared.contract.live_row_counts import LiveRowCounts
from shared.contract.time_split import TimeSplit
from trainer.dataset.dataset import Dataset
from trainer.dataset.split import SPLITS, Split, SplitRule, Splits


def summarise_data(
    dataset: Dataset, fingerprint: str, splits: Splits, rule: SplitRule, row_key: str | None
) -> DataSummary:
    """Summarise the data, its split and the settings that reproduce both.

    *fingerprint* is that of the data set before the split, which sorts its rows.
    """
    named = splits.by_name().items()
    numbers = dataset.target if dataset.schema.task == "regression" else None
    return DataSummary(
        source=dataset.source,
        fingerprint=fingerprint,
        rows=len(dataset.rows),
        target=dataset.target_name,
        parts={name: len(split.rows) for name, split in named},
        class_counts={name: count_classes(s, dataset.schema.classes) for name, s in named},
        target_range=None if numbers is None else (float(numbers.min()), float(numbers.max())),
        features=dataset.schema.features,
        notes=dataset.notes,
        split_salt=rule.salt,
        moved_rows={f"{row:016x}": SPLITS[split] for row, split in sorted(rule.moved.items())},
        row_key=row_key,
        time=_summarise_times(dataset, splits),
        slice_columns=() if dataset.kept is None else tuple(c.name for c in dataset.kept.columns),
        live=_count_live_rows(dataset, splits),
    )


def _count_live_rows(dataset: Dataset, splits: Splits) -> LiveRowCounts | None:
    live, places = dataset.live, splits.places
    if live is None or places is None:
        return None
    ends = np.cumsum([len(split.rows) for split in splits.by_name().values()])
    parts = np.split(places >= len(dataset.rows) - live.rows, ends[:-1])
    counts = {str(name): int(part.sum()) for name, part in zip(SPLITS, parts, strict=True)}
    return LiveRowCounts(rows=live.rows, parts=counts, left_out=dict(live.left_out))


def _summarise_times(dataset: Dataset, splits: Splits) -> TimeSplit | None:
    if dataset.times is None:
        return None
    fitted = dataset.times.values[: len(splits.train.rows) + len(splits.validation.rows)]
    return TimeSplit(
        column=dataset.times.column, unit=dataset.times.unit, fitted_until=float(fitted.max())
    )


def count_classes(split: Split, classes: tuple[str, ...]) -> dict[str, int]:
    """Count the rows of each class; return an empty dictionary for a regression."""
    if not classes:
        return {}
    counts = np.bincount(split.target, minlength=len(classes)).tolist()
    return dict(zip(classes, counts, strict=True))
