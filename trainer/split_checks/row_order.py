"""Look at the order of the rows in the table: columns that grow with it, and drift along it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from shared.contract.documents import Feature, Task
from shared.inference.servable import Rows
from shared.scoring.truth import Truth
from trainer.split_checks.row_space import Indices, RowSpace

_MIN_ROWS = 20
_OLD, _NEW = 0.6, 0.8
"""The shares of the rows after which the oldest ones end, and the newest ones begin."""
_NEIGHBOURS = 7
_MIN_LOSS = 0.08
"""The loss of accuracy, or of R², that is reported."""
_STANDARD_ERRORS = 3.5
_SORTED = 0.2
"""A target changes less often than this share of chance if the rows are sorted by it."""
_SORTED_NUMBERS = 0.98
_MIN_NEW = 40


@dataclass(frozen=True)
class Drift:
    """The loss for the newest rows if only the oldest ones are known."""

    old: float
    """The accuracy, or R², of the nearest of the oldest rows."""
    mixed: float
    """That of the nearest rows of all times."""


def find_increasing(rows: Rows, features: Sequence[Feature], order: Indices) -> Iterator[str]:
    """Yield the columns of numbers that grow, or fall, from row to row.

    *order* are the rows in the order of the table.
    """
    first = order[: 2 * _MIN_ROWS]
    for index, feature in enumerate(features):
        if feature.type != "number" or len(order) < _MIN_ROWS:
            continue
        if _is_monotone(rows[first, index]) and _is_monotone(rows[order, index]):
            yield feature.name


def _is_monotone(numbers: npt.NDArray[np.float64]) -> bool:
    steps = np.diff(numbers[~np.isnan(numbers)])
    is_sorted = bool((steps >= 0).all() or (steps <= 0).all())
    return is_sorted and len(steps) > 0 and bool(2 * np.count_nonzero(steps) > len(steps))


def find_drift(
    space: RowSpace, order: Indices, target: Truth, task: Task, random: np.random.Generator
) -> Drift | None:
    """Predict the newest rows by their nearest old rows, and by their nearest rows of all times.

    None if both are about as good. *order* are some rows in the order of the table.
    """
    if _is_sorted(target[order], task):
        return None
    old = order[: int(_OLD * len(order))]
    new = random.permutation(order[int(_NEW * len(order)) :])
    if len(new) < _MIN_NEW:
        return None
    losses = np.empty((2, 0))
    for queries in np.array_split(new, 2):
        mixed = random.choice(order[~np.isin(order, queries)], len(old), replace=False)
        both = [_lose(space, queries, known, target, task) for known in (old, mixed)]
        losses = np.concatenate([losses, np.stack(both)], axis=1)
    excess = losses[0] - losses[1]
    error = float(excess.std()) / np.sqrt(len(excess))
    if float(excess.mean()) < max(_MIN_LOSS, _STANDARD_ERRORS * error):
        return None
    return Drift(1 - float(losses[0].mean()), 1 - float(losses[1].mean()))


def _lose(
    space: RowSpace, queries: Indices, known: Indices, target: Truth, task: Task
) -> npt.NDArray[np.float64]:
    """Return the error of each row of *queries* if its nearest rows of *known* predict it."""
    nearness = space.measure(queries, known)
    nearest = known[np.argpartition(-nearness, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]]
    truth, theirs = target[queries], target[nearest]
    if task == "regression":
        scale = float(np.abs(target).max()) or 1.0  # a square of 1e200 would be infinite
        variance = float(np.var(target[known] / scale)) or 1.0
        errors = (truth / scale - (theirs / scale).mean(axis=1)) ** 2
        return np.asarray(errors / variance, dtype=np.float64)
    votes = np.stack([(theirs == label).sum(axis=1) for label in np.unique(theirs)], axis=1)
    answers = np.unique(theirs)[votes.argmax(axis=1)]
    return np.asarray(answers != truth, dtype=np.float64)


def _is_sorted(target: Truth, task: Task) -> bool:
    """Decide whether the rows are sorted by the target. Its drift then means nothing."""
    if task == "regression":
        if target.min() == target.max():
            return True
        ranks = rankdata(target)  # equal numbers share a rank: most may be 0
        return abs(float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1])) > _SORTED_NUMBERS
    shares = np.bincount(target.astype(np.intp)) / len(target)
    return float((np.diff(target) != 0).mean()) < _SORTED * (1 - float((shares**2).sum()))
