"""Recognise numbers that count the rows of a table. A model would learn the order of the file."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

MIN_ROWS = 20
"""Shorter columns may count by chance."""
_LAST_YEAR = 2200
_MAX_MEAN_STEP = 3.0
"""Of a counter whose table lost rows. More than two thirds of its rows may be gone."""
_MIN_COVERAGE = 0.25
"""Shuffled row numbers are at least this fraction of all whole numbers up to the largest."""


def counts_rows(numbers: Numbers) -> bool:
    """Decide whether numbers of an unknown meaning count the rows, in the order of the file.

    They start near 0 and grow by 1; after some rows were removed, usually by 1. Without such gaps
    they may start anywhere and end beyond the years. They may also count down. A sorted column of
    years or measurements starts elsewhere, repeats values or has larger steps. Missing numbers do
    not matter.
    """
    return _is_in_order(numbers, _counts_up)


def grow_with_rows(numbers: Numbers) -> bool:
    """Decide whether each whole number is larger than that of the row before, or each smaller."""
    return _is_in_order(numbers, _grows)


def count_parts(numbers: Numbers) -> bool:
    """Decide whether whole numbers count the rows of several tables, one after the other."""
    numbers = _present(numbers)
    if len(numbers) < MIN_ROWS or not _are_whole(numbers):
        return False
    is_start = np.concatenate([[True], np.diff(numbers) <= 0])
    starts = np.flatnonzero(is_start)
    if len(numbers) < MIN_ROWS * len(starts):
        return False
    return all(_counts_up(part) for part in np.split(numbers, starts[1:]))


def number_rows(numbers: Numbers) -> bool:
    """Decide whether whole numbers from about 0 all differ and leave out few: rows, shuffled."""
    numbers = _present(numbers)
    if len(numbers) < MIN_ROWS or not _are_whole(numbers) or numbers.min() < 0:
        return False
    covers = len(numbers) >= _MIN_COVERAGE * (numbers.max() + 1)
    return bool(covers) and len(np.unique(numbers)) == len(numbers)


def number_all_rows(numbers: Numbers) -> bool:
    """Decide whether each whole number from 0 or 1 to the last is in one row, in any order.

    Data almost never does that: even ranks have ties, and lose rows in a selection.
    """
    if len(numbers) < MIN_ROWS or numbers.min() not in {0, 1}:
        return False
    first = numbers.min()
    return bool(numbers.max() - first == len(numbers) - 1) and number_rows(numbers)


def are_whole_or_missing(numbers: Numbers) -> bool:
    """Decide whether all numbers that are not missing are whole."""
    return _are_whole(_present(numbers))


def _is_in_order(numbers: Numbers, rule: Callable[[Numbers], bool]) -> bool:
    first = _present(numbers[: 2 * MIN_ROWS])  # most columns fail here, without a look at all rows
    for step in (1, -1):
        if _grows(first[::step]):
            present = _present(numbers)[::step]
            return len(present) >= MIN_ROWS and rule(present)
    return False


def _present(numbers: Numbers) -> Numbers:
    return numbers[~np.isnan(numbers)]


def _counts_up(numbers: Numbers) -> bool:
    if not _grows(numbers) or numbers[0] < 0:
        return False
    steps = np.diff(numbers)
    largest = steps.max() if len(steps) else 1
    if largest == 1 and numbers[-1] > _LAST_YEAR:
        return True
    is_near_zero = numbers[0] <= max(1, largest)
    return bool(is_near_zero and np.median(steps) == 1 and steps.mean() <= _MAX_MEAN_STEP)


def _grows(numbers: Numbers) -> bool:
    return _are_whole(numbers) and bool((np.diff(numbers) > 0).all())


def _are_whole(numbers: Numbers) -> bool:
    return bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())
