"""The size of a run: quick for every change, full for `make test-faults`."""

import os
from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")
IS_FULL = os.environ.get("MODELGATE_FAULTS") == "full"
SEED = int(os.environ.get("MODELGATE_FAULTS_SEED", "20261124"))
"""Seed of everything that is drawn at random. The record of a run contains it."""


def figure(*, quick: int, full: int) -> int:
    """Return the count for this run's size."""
    return full if IS_FULL else quick


def dice() -> Random:
    """Return a generator that is seeded with SEED."""
    return Random(SEED)  # noqa: S311 - nothing here is secret


def sampled(items: Sequence[Item], *, quick: int) -> list[Item]:
    """Return all *items* in a full run, and *quick* of them, drawn in order, in a quick run."""
    if IS_FULL or len(items) <= quick:
        return list(items)
    return [items[index] for index in sorted(dice().sample(range(len(items)), quick))]
