"""TRAINER_TIME: the oldest rows are train, the newest are the holdout."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from shared.errors import DatasetError
from tests.support.tables.tables import dataset_of
from trainer.dataset.dataset import Dataset, RowTimes
from trainer.dataset.split import Splits
from trainer.splits.time_split import split_by_time


def timed(times: npt.ArrayLike, target: npt.ArrayLike | None = None, classes: int = 2) -> Dataset:
    """Make a table whose feature is the number of the row."""
    values = np.array(times, dtype=np.float64)
    numbers = np.arange(len(values))
    data = dataset_of(numbers[:, None], numbers % 2 if target is None else target, classes)
    return replace(data, times=RowTimes("month", "number", values))


def split(data: Dataset) -> Splits:
    assert data.times is not None
    return split_by_time(data, data.times)


def times_of(splits: Splits) -> list[list[float]]:
    """Return the different times of each split."""
    found = [part.times for part in splits.by_name().values()]
    return [np.unique(times).tolist() for times in found if times is not None]


def test_months_are_split_60_20_20_from_the_oldest_to_the_newest() -> None:
    months = np.random.default_rng(0).permutation(np.repeat(np.arange(30), 10))
    splits = split(timed(months))
    assert times_of(splits) == [
        list(map(float, range(start, end))) for start, end in pairwise((0, 18, 24, 30))
    ]
    assert [len(part.rows) for part in splits.by_name().values()] == [180, 60, 60]


def test_rows_keep_their_targets_and_times() -> None:
    times = np.random.default_rng(1).permutation(200)
    data = timed(times)
    for part in split(data).by_name().values():
        assert part.times is not None
        numbers = part.rows[:, 0].astype(int)
        assert (part.times == times[numbers]).all()
        assert (part.target == numbers % 2).all()


def test_equal_times_are_in_one_split() -> None:
    times = [*[1] * 50, *[2] * 100, *[3] * 10, *[4] * 200]
    assert times_of(split(timed(times))) == [[1, 2], [3], [4]]


@pytest.mark.parametrize("largest", range(5))
def test_a_time_with_most_of_the_rows_leaves_a_time_for_each_split(largest: int) -> None:
    counts = [10] * 5
    counts[largest] = 1000
    found = times_of(split(timed(np.repeat(np.arange(5), counts))))
    assert [time for part in found for time in part] == [0, 1, 2, 3, 4]
    assert len(found) == 3


def test_too_few_times_are_refused() -> None:
    with pytest.raises(DatasetError, match="has 2 different times in a table, but needs one for"):
        split(timed([1, 2] * 50))
    assert times_of(split(timed([1, 2, 3] * 50))) == [[1], [2], [3]]


def test_a_split_without_a_class_is_refused_with_its_times() -> None:
    months = np.arange(100)
    with pytest.raises(DatasetError) as error:
        split(timed(months, (months < 50).astype(int)))
    assert str(error.value) == (
        "TRAINER_TIME=month cannot split the rows: the validation split (20 rows from 60 to 79) "
        "has no row of class 'c1'. Use more rows, or unset TRAINER_TIME to split by a hash of "
        "the features."
    )


def test_a_regression_needs_two_different_targets_in_each_split() -> None:
    months = np.arange(100)
    assert len(split(timed(months, months / 2, 0)).holdout.rows) == 20
    with pytest.raises(DatasetError, match="the holdout split .* has no two rows with different"):
        split(timed(months, np.minimum(months, 70) / 2, 0))
