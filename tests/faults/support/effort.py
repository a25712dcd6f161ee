"""How far a run goes: a quick form for every change, the full figures by `make test-faults`."""

import os
from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")
IS_FULL = os.environ.get("MODELGATE_FAULTS") == "full"
SEED = int(os.environ.get("MODELGATE_FAULTS_SEED", "20261124"))
"""What is drawn is drawn from this; the record of a run names it."""


def figure(*, quick: int, full: int) -> int:
    """How many of something there are in this run."""
    return full if IS_FULL else quick


def dice() -> Random:
    """The same numbers in each run of one seed."""
    return Random(SEED)  # noqa: S311 - nothing here is secret


def sampled(items: Sequence[Item], *, quick: int) -> list[Item]:
    """All of *items* in the full form; in the quick one that many, drawn by the seed, in order."""
    if IS_FULL or len(items) <= quick:
        return list(items)
    return [items[index] for index in sorted(dice().sample(range(len(items)), quick))]
