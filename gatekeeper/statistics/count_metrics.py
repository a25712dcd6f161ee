"""Metrics that follow from counts, for many resamples at the same time.

Rows with the same truth and the same two predictions form a cell. One multinomial draw gives the
number of rows of each cell in a resample, for any number of rows.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse

from shared.scoring.costs import CostTable
from shared.scoring.scorer_names import NEG_COST
from shared.scoring.truth import Truth

Numbers = npt.NDArray[np.float64]
_Counts = Callable[[Numbers, Numbers, Numbers], Numbers]
"""A function of three counts of rows to scores of shape [resamples].

The counts have shape [resamples, classes]: rows by true class, rows by predicted class, and
correct rows by class.
"""
CELL_WORK = 6
"""Number of rows that can be weighted in the time of drawing one cell."""
_BLOCK = 2_000_000
"""Largest number of drawn cells in memory at the same time."""


class CellCounts:
    """The joint counts of the truth and the predictions of two models."""

    def __init__(
        self,
        truth: Truth,
        first: Truth,
        second: Truth,
        classes: int,
        costs: CostTable | None = None,
    ) -> None:
        joint = join_cells(truth, first, second, classes)
        found, self._counts = np.unique(joint, return_counts=True)
        self._truth = found // classes**2
        self._predictions = (found // classes % classes, found % classes)
        self._classes = classes
        self._costs = costs

    def __len__(self) -> int:
        """Return the number of different cells."""
        return len(self._counts)

    @property
    def work(self) -> int:
        """The number of cells that are drawn for each resample."""
        return len(self)

    def scores(
        self, metric: str, resamples: int, generator: np.random.Generator
    ) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield the scores of both models in *resamples* resamples, in blocks."""
        rows = int(self._counts.sum())
        for size in block_sizes(resamples, max(1, _BLOCK // len(self))):
            yield self.score_draws(metric, generator.multinomial(rows, self._counts / rows, size))

    def score_draws(self, metric: str, draws: npt.NDArray[np.int64]) -> tuple[Numbers, Numbers]:
        """Return the scores of both models when cell c is drawn draws[:, c] times."""
        first, second = (self._score(metric, draws, predicted) for predicted in self._predictions)
        return first, second

    def _score(
        self, metric: str, draws: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]
    ) -> Numbers:
        if metric == NEG_COST:
            each = np.asarray(self._costs)[self._truth, predicted]
            return np.asarray(-(draws @ each) / draws.sum(axis=1))
        right = predicted == self._truth
        counted = (
            self._by_class(draws, self._truth),
            self._by_class(draws, predicted),
            self._by_class(draws[:, right], predicted[right]),
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return COUNT_METRICS[metric](*counted)

    def _by_class(self, draws: npt.NDArray[np.int64], classes: npt.NDArray[np.int64]) -> Numbers:
        cells = np.arange(len(classes))
        shape = (len(classes), self._classes)
        members = sparse.csr_array((np.ones(len(classes)), (cells, classes)), shape=shape)
        return np.asarray((members.T @ draws.T).T, dtype=np.float64)


def join_cells(truth: Truth, first: Truth, second: Truth, classes: int) -> npt.NDArray[np.int64]:
    """Return the number of each row's cell."""
    return ((truth * classes + first) * classes + second).astype(np.int64)


def block_sizes(total: int, size: int) -> Iterator[int]:
    """Yield block sizes of at most *size* with the sum *total*."""
    for start in range(0, total, size):
        yield min(size, total - start)


def _ratio(top: Numbers, bottom: Numbers) -> Numbers:
    """Divide; return 0 where *bottom* is 0, as scikit-learn with zero_division=0."""
    return np.asarray(np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0))


def _f1(true: Numbers, predicted: Numbers, right: Numbers) -> Numbers:
    return _ratio(2 * right, true + predicted)


def _precision(_true: Numbers, predicted: Numbers, right: Numbers) -> Numbers:
    return _ratio(right, predicted)


def _recall(true: Numbers, _predicted: Numbers, right: Numbers) -> Numbers:
    return _ratio(right, true)


def _jaccard(true: Numbers, predicted: Numbers, right: Numbers) -> Numbers:
    return _ratio(right, true + predicted - right)


def _positive_class(metric: _Counts) -> _Counts:
    return lambda *counts: metric(*(count[:, 1] for count in counts))


def _macro(metric: _Counts) -> _Counts:
    """Average over the classes that occur in the resample, as truth or as prediction."""

    def compute(true: Numbers, predicted: Numbers, right: Numbers) -> Numbers:
        present = true + predicted > 0
        return np.asarray(metric(true, predicted, right).sum(axis=1) / present.sum(axis=1))

    return compute


def _micro(metric: _Counts) -> _Counts:
    return lambda *counts: metric(*(count.sum(axis=1) for count in counts))


def _weighted(metric: _Counts) -> _Counts:
    return lambda true, predicted, right: _ratio(
        (metric(true, predicted, right) * true).sum(axis=1), true.sum(axis=1)
    )


def _accuracy(true: Numbers, _predicted: Numbers, right: Numbers) -> Numbers:
    return _ratio(right.sum(axis=1), true.sum(axis=1))


def _balanced_accuracy(true: Numbers, predicted: Numbers, right: Numbers) -> Numbers:
    recalls = _recall(true, predicted, right).sum(axis=1)
    return np.asarray(recalls / (true > 0).sum(axis=1))


def _matthews(true: Numbers, predicted: Numbers, right: Numbers) -> Numbers:
    rows = true.sum(axis=1)
    covariance = right.sum(axis=1) * rows - (true * predicted).sum(axis=1)
    spread = (rows**2 - (predicted**2).sum(axis=1)) * (rows**2 - (true**2).sum(axis=1))
    return _ratio(covariance, np.sqrt(spread))


_AVERAGED = {"f1": _f1, "precision": _precision, "recall": _recall, "jaccard": _jaccard}
COUNT_METRICS: dict[str, _Counts] = {
    **{name: _positive_class(metric) for name, metric in _AVERAGED.items()},
    **{f"{name}_macro": _macro(metric) for name, metric in _AVERAGED.items()},
    **{f"{name}_micro": _micro(metric) for name, metric in _AVERAGED.items()},
    **{f"{name}_weighted": _weighted(metric) for name, metric in _AVERAGED.items()},
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "matthews_corrcoef": _matthews,
}
"""The metrics that follow from counts by class, by name."""
COUNTED = {NEG_COST, *COUNT_METRICS}
"""The names of all metrics that `CellCounts` scores."""
