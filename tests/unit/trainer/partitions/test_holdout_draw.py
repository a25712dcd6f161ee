"""A holdout of bounded size keeps its rows when data grow."""

import numpy as np
import pytest

from trainer.partitions.holdout_draw import draw_holdout, draw_sample

RANDOM = np.random.default_rng(0)
HASHES = RANDOM.integers(0, 2**63, 1000).astype(np.uint64)
NONE = np.empty(0, np.uint64)


def draw(hashes: np.ndarray, most: int, earlier: np.ndarray = NONE) -> set[int]:
    parts = np.array_split(hashes, 3)
    marks = draw_holdout(parts, parts, most, earlier)
    assert [len(mark) for mark in marks] == [len(part) for part in parts]
    return set(hashes[np.concatenate(marks)].tolist())


def test_the_rows_with_the_smallest_hashes_are_drawn() -> None:
    assert draw(HASHES, 100) == set(np.sort(HASHES)[:100].tolist())


def test_fewer_rows_than_the_bound_are_all_drawn() -> None:
    assert draw(HASHES, 5000) == set(HASHES.tolist())


@pytest.mark.parametrize("more", [1, 100, 5000])
def test_no_row_leaves_when_the_data_grow(more: int) -> None:
    first = draw(HASHES, 100)
    grown = np.concatenate([RANDOM.integers(0, 2**63, more).astype(np.uint64), HASHES])

    assert draw(grown, 100, np.array(sorted(first), np.uint64)) == first


def test_a_larger_bound_adds_rows_and_a_smaller_one_keeps_the_first() -> None:
    first = draw(HASHES, 100)
    earlier = np.array(sorted(first), np.uint64)

    assert first < draw(HASHES, 200, earlier)
    assert draw(HASHES, 50, earlier) == set(sorted(first)[:50])


def test_rows_that_left_the_data_are_replaced() -> None:
    first = draw(HASHES, 100)
    lost = set(sorted(first)[:10])
    fewer = np.array([each for each in HASHES.tolist() if each not in lost], np.uint64)

    second = draw(fewer, 100, np.array(sorted(first), np.uint64))

    assert first - lost < second
    assert len(second) == 100


def test_a_sample_is_spread_over_all_rows() -> None:
    assert draw_sample(10, 5).tolist() == [0, 2, 4, 6, 9]
    assert draw_sample(3, 5).tolist() == [0, 1, 2]
