"""The count of steps grows with each turn of a loop, and not with what other tests do."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.support.python_steps import count_python_steps


def loop(turns: int) -> None:
    for turn in range(turns):
        _ = turn in (1, 2)


@pytest.mark.parametrize(
    "repeat",
    [
        loop,
        lambda turns: [turn in (1, 2) for turn in range(turns)],
        lambda turns: any(turn < 0 for turn in range(turns)),
    ],
)
def test_each_turn_of_a_loop_counts(repeat: Callable[[int], object]) -> None:
    few, many = (count_python_steps(partial(repeat, turns)) for turns in (10, 1_000))
    assert few < 100
    assert many > 1_000


@contextmanager
def noted_collections() -> Iterator[None]:
    def note(_phase: str, _facts: dict[str, int]) -> None:
        """Do nothing, as a function of Python."""

    gc.callbacks.append(note)
    try:
        yield
    finally:
        gc.callbacks.remove(note)


def test_collections_of_garbage_do_not_count() -> None:
    def make_garbage() -> None:
        kept: list[list[object]] = []
        kept.extend(map(list, [()] * 100_000))

    alone = count_python_steps(make_garbage)
    with noted_collections():
        assert count_python_steps(make_garbage) == alone
    assert gc.isenabled()
