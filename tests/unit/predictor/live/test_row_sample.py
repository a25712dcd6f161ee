"""A sample of rows is bounded, and each row has the same chance to be in it."""

from collections import Counter
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.live.row_sample import RowSample

CAPACITY = 50
SIZES = st.lists(st.integers(1, 400), max_size=60)


def numbers_from(begin: int, places: list[int]) -> list[int]:
    return [begin + place for place in places]


def sampled(sizes: list[int], capacity: int = CAPACITY) -> list[int]:
    """Offer the numbers from 0 in batches of these sizes, and return those that were chosen."""
    sample, begin = RowSample[int](capacity), 0
    for size in sizes:
        sample.offer(size, partial(numbers_from, begin))
        begin += size
    return sample.items


@given(SIZES)
def test_a_sample_is_bounded_ordered_and_at_least_half_full(sizes: list[int]) -> None:
    found, offered = sampled(sizes), sum(sizes)
    assert found == sorted(set(found))
    assert len(found) <= CAPACITY
    assert len(found) >= min(offered, CAPACITY // 2)
    assert all(0 <= number < offered for number in found)


@given(SIZES)
def test_all_rows_are_chosen_while_they_fit(sizes: list[int]) -> None:
    assert sampled(sizes, capacity=2 * sum(sizes) + 2) == [*range(sum(sizes))]


@pytest.mark.parametrize("sizes", [[1] * 3000, [3000], [7] * 429, [1] * 100 + [2900]])
def test_rows_at_all_times_have_the_same_chance(sizes: list[int]) -> None:
    tenths = Counter(number * 10 // 3003 for _ in range(40) for number in sampled(sizes))
    share = sum(tenths.values()) / 10
    assert all(abs(tenths[tenth] - share) < 0.15 * share for tenth in range(10)), tenths


def test_a_client_that_repeats_rows_in_turn_is_sampled_evenly() -> None:
    """Choose none of 64 rows more often: a fixed distance would choose always the same."""
    kinds = Counter(number % 64 for _ in range(100) for number in sampled([1] * 6400))
    assert len(kinds) == 64
    assert max(kinds.values()) < 3 * sum(kinds.values()) / 64


def test_few_rows_are_taken_from_many() -> None:
    taken: list[int] = []

    def take(places: list[int]) -> list[int]:
        taken.extend(places)
        return places

    sample = RowSample[int](CAPACITY)
    for _ in range(100):
        sample.offer(1000, take)
    assert len(taken) < 12 * CAPACITY


@pytest.mark.parametrize("offered", [CAPACITY, 30 * CAPACITY, 1000 * CAPACITY])
def test_a_stream_of_the_expected_length_is_chosen_without_copies_that_go_again(
    offered: int,
) -> None:
    taken: list[int] = []

    def take(begin: int, places: list[int]) -> list[int]:
        taken.extend(places)
        return numbers_from(begin, places)

    sample = RowSample[int](CAPACITY, expected=offered)
    for begin in range(0, offered, 10):
        if not sample.skip(10):
            sample.offer(10, partial(take, begin))
    assert sample.offered == offered
    assert CAPACITY // 2 <= len(taken) == len(sample.items) <= CAPACITY


def test_rows_of_a_stream_of_the_expected_length_have_the_same_chance() -> None:
    thirds = Counter[int]()
    for _ in range(100):
        sample = RowSample[int](CAPACITY, expected=6400)
        for begin in range(6400):
            sample.offer(1, partial(numbers_from, begin))
        thirds.update(number * 3 // 6400 for number in sample.items)
    assert max(thirds.values()) < 1.1 * min(thirds.values()), thirds


def test_a_sample_shrinks_when_rows_become_wider() -> None:
    sample = RowSample[int](CAPACITY)
    sample.offer(CAPACITY - 1, list)
    sample.capacity = 4
    for _ in range(100):
        sample.offer(1, list)
    assert len(sample.items) <= 4
