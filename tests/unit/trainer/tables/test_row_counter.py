"""Numbers that count the rows are recognised, and data that grows is not."""

import numpy as np
import pytest

from trainer.tables.row_counter import (
    count_parts,
    counts_rows,
    grow_with_rows,
    number_all_rows,
    number_rows,
)

RANDOM = np.random.default_rng(7)
COUNTERS = {
    "from 0": np.arange(500.0),
    "from 1": np.arange(1.0, 21.0),
    "backwards": np.arange(500.0)[::-1],
    "after a filter that removes 2 %": np.flatnonzero(RANDOM.random(500) > 0.02),
    "after a filter that removes 40 %": np.flatnonzero(RANDOM.random(5000) > 0.4) + 1,
    "missing in some rows": np.where(RANDOM.random(500) > 0.2, np.arange(500), np.nan),
    "from a large number": np.arange(5001, 5201),
    "without one class in the middle": np.r_[0:100, 300:400],
}
DATA = {
    "years, one row each": np.arange(1900.0, 2020.0),
    "years with gaps": np.flatnonzero(RANDOM.random(150) > 0.2) + 1850,
    "every tenth second": np.arange(0.0, 5000.0, 10),
    "sorted measurements": np.sort(RANDOM.normal(size=500)),
    "sorted ages": np.sort(RANDOM.integers(0, 90, 500)),
    "sorted prices that all differ": np.sort(RANDOM.choice(100_000, 500, replace=False)),
    "a counter of half rows": np.arange(500) / 2,
    "too few rows": np.arange(19),
    "ages from 18": np.arange(18, 91),
    "larger numbers with gaps": np.flatnonzero(RANDOM.random(500) > 0.1) + 5000,
    "nearly all missing": np.r_[0:19, np.full(500, np.nan)],
    "all missing": np.full(500, np.nan),
    "an hour of the day": np.arange(480) % 24,
    "constant": np.zeros(100),
    "below zero": np.arange(-50, 50),
    "infinite": np.r_[0:100, np.inf],
}


@pytest.mark.parametrize("name", COUNTERS)
def test_a_counter_is_one(name: str) -> None:
    assert counts_rows(COUNTERS[name].astype(float))


@pytest.mark.parametrize("name", DATA)
def test_data_is_not_a_counter(name: str) -> None:
    assert not counts_rows(DATA[name].astype(float))


def test_identifiers_with_gaps_of_any_size_grow_with_the_rows() -> None:
    identifiers = np.cumsum(RANDOM.integers(1, 900, 300)).astype(float)

    assert not counts_rows(identifiers)
    assert grow_with_rows(identifiers)
    assert grow_with_rows(identifiers[::-1])
    assert not grow_with_rows(RANDOM.permutation(identifiers))


def test_the_counters_of_joined_tables_count_parts() -> None:
    assert count_parts(np.r_[0:250, 0:250].astype(float))
    assert count_parts(np.r_[1:31, 1:101, 1:26].astype(float))
    assert not count_parts(np.arange(480.0) % 12)
    assert not count_parts(RANDOM.integers(0, 50, 500).astype(float))


def test_shuffled_row_numbers_all_differ_and_leave_out_few() -> None:
    rows = RANDOM.permutation(500).astype(float)

    assert number_rows(rows)
    assert number_rows(rows[:200])
    assert not number_rows(rows[:100])
    assert not number_rows(np.append(rows, rows[0]))
    assert not number_rows(RANDOM.choice(900_000, 500, replace=False).astype(float))


def test_shuffled_numbers_of_all_rows_number_them() -> None:
    for first in (0, 1):
        numbers = np.asarray(RANDOM.permutation(300) + first, np.float64)
        assert number_all_rows(numbers)
        assert not number_all_rows(numbers[:19])
        assert not number_all_rows(np.r_[numbers, numbers[0]])
        assert not number_all_rows(np.r_[numbers, 400])
        assert not number_all_rows(np.r_[numbers, np.nan])
        assert not number_all_rows(numbers + 0.5)
        assert not number_all_rows(numbers + 5)
