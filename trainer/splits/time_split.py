"""Split the rows by time: the oldest rows are train, the newest are the holdout.

Rows with equal times are in one split. So the shares are those nearest to 60/20/20 that whole
times give.
"""

import numpy as np

from shared.contract.time_split import format_time
from shared.errors import DatasetError
from trainer.dataset.dataset import Dataset, RowTimes
from trainer.dataset.split import BOUNDS, SPLITS, Split, SplitIndices, Splits, sort_into_splits


def split_by_time(dataset: Dataset, times: RowTimes) -> Splits:
    """Split all rows by *times*, as `sort_into_splits` does.

    Raises DatasetError if a split lacks a class, or for a regression two different targets.
    """
    splits = sort_into_splits(dataset, _choose_splits(times, dataset.source))
    classes = dataset.schema.classes
    for name, split in splits.by_name().items():
        lacking = _find_lacking(split, classes)
        if lacking:
            assert split.times is not None  # noqa: S101 - the rows have times
            first, last = (
                format_time(t, times.unit) for t in (split.times.min(), split.times.max())
            )
            raise DatasetError(
                f"TRAINER_TIME={times.column} cannot split the rows: the {name} split "
                f"({len(split.target)} rows from {first} to {last}) has no {lacking}. Use more "
                "rows, or unset TRAINER_TIME to split by a hash of the features."
                f"{_describe_live(dataset)}"
            )
    return splits


def _choose_splits(times: RowTimes, source: str) -> SplitIndices:
    values, inverse, counts = np.unique(times.values, return_inverse=True, return_counts=True)
    if len(values) < len(SPLITS):
        raise DatasetError(
            f"TRAINER_TIME={times.column} has {len(values)} different times in {source}, but "
            f"needs one for each of {', '.join(SPLITS)}. Choose a column with more times, or "
            "unset TRAINER_TIME."
        )
    fractions = np.cumsum(counts) / len(times.values)
    train = int(np.abs(fractions[:-2] - BOUNDS[0]).argmin())
    after = fractions[train + 1 : -1]
    validation = train + 1 + int(np.abs(after - BOUNDS[1]).argmin())
    return np.searchsorted([train, validation], inverse, "left").astype(np.int8)


def _describe_live(dataset: Dataset) -> str:
    """Return a sentence about the logged rows, if there are some: many may have equal times."""
    if dataset.live is None or not dataset.live.rows:
        return ""
    return (
        f" {dataset.live.rows} of {len(dataset.rows)} rows are logged rows with the time of their "
        "answer. Unset TRAINER_LIVE to split only the table."
    )


def _find_lacking(split: Split, classes: tuple[str, ...]) -> str:
    if not classes:
        has_two = len(np.unique(split.target)) > 1
        return "" if has_two else "two rows with different targets"
    counts = np.bincount(split.target, minlength=len(classes))
    absent = np.flatnonzero(counts == 0)
    return f"row of class {classes[absent[0]]!r}" if len(absent) else ""
