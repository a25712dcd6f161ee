"""Metrics that follow from counts, for many resamples at once.

Rows with the same truth and the same two answers are alike: how often each of these cells is drawn
in a resample is one multinomial draw, whatever the number of rows.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shared.scoring.scorers import Truth

Numbers = npt.NDArray[np.float64]
_Counts = Callable[[Numbers, Numbers, Numbers], Numbers]
"""Rows of each true class, of each answered class, and of each class answered rightly, all of
shape [resamples, classes], to scores of shape [resamples]."""
CELL_WORK = 6
"""Drawing one cell takes as long as weighing so many rows."""
_BLOCK = 2_000_000


class CellCounts:
    """The joint counts of truth and of what two models answer."""

    def __init__(self, truth: Truth, first: Truth, second: Truth, classes: int) -> None:
        joint = (truth * classes + first) * classes + second
        found, self._counts = np.unique(joint.astype(np.int64), return_counts=True)
        self._truth = found // classes**2
        self._answers = (found // classes % classes, found % classes)
        self._classes = classes

    def __len__(self) -> int:
        """How many kinds of rows there are."""
        return len(self._counts)

    def scores(
        self, metric: str, resamples: int, generator: np.random.Generator
    ) -> Iterator[tuple[Numbers, Numbers]]:
        """Scores of both models in *resamples* resamples, in blocks."""
        rows = int(self._counts.sum())
        for size in block_sizes(resamples, max(1, _BLOCK // len(self))):
            yield self.score_draws(metric, generator.multinomial(rows, self._counts / rows, size))

    def score_draws(self, metric: str, draws: npt.NDArray[np.int64]) -> tuple[Numbers, Numbers]:
        """Scores of both models where cell c was drawn draws[:, c] times."""
        first, second = (self._score(metric, draws, answers) for answers in self._answers)
        return first, second

    def _score(
        self, metric: str, draws: npt.NDArray[np.int64], answers: npt.NDArray[np.int64]
    ) -> Numbers:
        right = answers == self._truth
        counted = (
            self._by_class(draws, self._truth),
            self._by_class(draws, answers),
            self._by_class(draws[:, right], answers[right]),
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return COUNT_METRICS[metric](*counted)

    def _by_class(self, draws: npt.NDArray[np.int64], classes: npt.NDArray[np.int64]) -> Numbers:
        cells = np.arange(len(classes))
        shape = (len(classes), self._classes)
        members = sparse.csr_array((np.ones(len(classes)), (cells, classes)), shape=shape)
        return np.asarray((members.T @ draws.T).T, dtype=np.float64)


def block_sizes(total: int, size: int) -> Iterator[int]:
    """Sizes of at most *size* that make *total*."""
    for start in range(0, total, size):
        yield min(size, total - start)


def _ratio(top: Numbers, bottom: Numbers) -> Numbers:
    """0 where nothing is divided by nothing, as zero_division=0 says."""
    return np.asarray(np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0))


def _f1(true: Numbers, answered: Numbers, right: Numbers) -> Numbers:
    return _ratio(2 * right, true + answered)


def _precision(_true: Numbers, answered: Numbers, right: Numbers) -> Numbers:
    return _ratio(right, answered)


def _recall(true: Numbers, _answered: Numbers, right: Numbers) -> Numbers:
    return _ratio(right, true)


def _jaccard(true: Numbers, answered: Numbers, right: Numbers) -> Numbers:
    return _ratio(right, true + answered - right)


def _of_positive(metric: _Counts) -> _Counts:
    return lambda *counts: metric(*(count[:, 1] for count in counts))


def _macro(metric: _Counts) -> _Counts:
    """The mean over the classes that occur in the resample, as truth or as answer."""

    def compute(true: Numbers, answered: Numbers, right: Numbers) -> Numbers:
        present = true + answered > 0
        return np.asarray(metric(true, answered, right).sum(axis=1) / present.sum(axis=1))

    return compute


def _micro(metric: _Counts) -> _Counts:
    return lambda *counts: metric(*(count.sum(axis=1) for count in counts))


def _weighted(metric: _Counts) -> _Counts:
    return lambda true, answered, right: _ratio(
        (metric(true, answered, right) * true).sum(axis=1), true.sum(axis=1)
    )


def _accuracy(true: Numbers, _answered: Numbers, right: Numbers) -> Numbers:
    return _ratio(right.sum(axis=1), true.sum(axis=1))


def _balanced_accuracy(true: Numbers, answered: Numbers, right: Numbers) -> Numbers:
    recalls = _recall(true, answered, right).sum(axis=1)
    return np.asarray(recalls / (true > 0).sum(axis=1))


def _matthews(true: Numbers, answered: Numbers, right: Numbers) -> Numbers:
    rows = true.sum(axis=1)
    covariance = right.sum(axis=1) * rows - (true * answered).sum(axis=1)
    spread = (rows**2 - (answered**2).sum(axis=1)) * (rows**2 - (true**2).sum(axis=1))
    return _ratio(covariance, np.sqrt(spread))


_AVERAGED = {"f1": _f1, "precision": _precision, "recall": _recall, "jaccard": _jaccard}
COUNT_METRICS: dict[str, _Counts] = {
    **{name: _of_positive(metric) for name, metric in _AVERAGED.items()},
    **{f"{name}_macro": _macro(metric) for name, metric in _AVERAGED.items()},
    **{f"{name}_micro": _micro(metric) for name, metric in _AVERAGED.items()},
    **{f"{name}_weighted": _weighted(metric) for name, metric in _AVERAGED.items()},
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "matthews_corrcoef": _matthews,
}
"""The metrics that follow from counts alone."""
