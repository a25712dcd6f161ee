"""A table is refused only if no split at all gives every split every class."""

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from shared.errors import DatasetError
from tests.support.tables.tables import dataset_of
from trainer.splits.split_choice import SplitChoice, split_by_hash

Indices = npt.NDArray[np.intp]


def is_possible(kinds: Indices, target: Indices, needed: int) -> bool:
    """Try to put each kind of rows into each split."""
    for places in product(range(3), repeat=int(kinds.max()) + 1):
        splits = np.array(places)[kinds]
        if all(len(np.unique(target[splits == split])) >= needed for split in range(3)):
            return True
    return False


@pytest.mark.parametrize("classes", [0, 2, 3, 4], ids=lambda count: f"{count} classes")
@pytest.mark.parametrize("seed", range(40))
def test_a_random_table_of_few_kinds_of_rows_is_split_if_that_is_possible(
    seed: int, classes: int
) -> None:
    random = np.random.default_rng(seed)
    rows = int(random.integers(3, 40))
    kinds = np.unique(random.integers(0, random.integers(1, 9), rows), return_inverse=True)[1]
    target = np.append(random.integers(0, classes or 4, rows), np.arange(classes or 4))
    kinds = np.append(kinds, random.choice(kinds, classes or 4))
    needed = classes or 2
    data = dataset_of(kinds[:, None], target, classes)
    try:
        splits, _ = split_by_hash(data, SplitChoice())
    except DatasetError:
        assert not is_possible(kinds, target, needed)
    else:
        for part in splits.by_name().values():
            assert len(np.unique(part.target)) >= needed
