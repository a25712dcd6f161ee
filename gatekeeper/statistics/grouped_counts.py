"""Metrics that follow from counts, for resamples of groups of rows.

Most groups contain the same cells, so few patterns of cells occur. One multinomial draw gives the
number of groups of each pattern. If many patterns occur, each group gets its own weight.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse

from gatekeeper.statistics.count_metrics import CellCounts, Numbers, block_sizes, join_cells
from gatekeeper.statistics.poisson_weights import draw_blocks
from gatekeeper.statistics.row_groups import RowGroups
from shared.scoring.costs import CostTable
from shared.scoring.truth import Truth

MOST_PATTERNS = 512
"""Number of patterns up to which drawing them is faster than weighting each group."""
_BLOCK = 2_000_000
"""Largest number of drawn patterns and cells in memory at the same time."""


class GroupedCellCounts(CellCounts):
    """The cells of each group."""

    def __init__(
        self,
        truth: Truth,
        first: Truth,
        second: Truth,
        classes: int,
        costs: CostTable | None,
        *,
        groups: RowGroups,
    ) -> None:
        super().__init__(truth, first, second, classes, costs)
        cells, index = np.unique(join_cells(truth, first, second, classes), return_inverse=True)
        shape = (groups.count, len(cells))
        members = sparse.csr_array((np.ones(len(index)), (groups.index, index)), shape=shape)
        _, places, self._sizes = np.unique(
            _mark_patterns(groups, index, len(cells)), return_index=True, return_counts=True
        )
        self._groups = groups.count
        self._members = members if len(places) > MOST_PATTERNS else members[places]

    @property
    def work(self) -> int:
        """The number of patterns or groups that are drawn for each resample."""
        return int(self._members.shape[0])

    def scores(
        self, metric: str, resamples: int, generator: np.random.Generator
    ) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield the scores of both models in *resamples* resamples of groups, in blocks."""
        for weights in self._draw(resamples, generator):
            yield self.score_draws(metric, np.rint((self._members.T @ weights).T).astype(np.int64))

    def _draw(
        self, resamples: int, generator: np.random.Generator
    ) -> Iterator[npt.NDArray[np.float64]]:
        """Yield the weights of patterns or groups, shape [patterns or groups, resamples]."""
        if self.work == self._groups > MOST_PATTERNS:
            bits = generator.bit_generator
            assert isinstance(bits, np.random.SFC64)  # noqa: S101 - the caller made it
            for weights in draw_blocks(self._groups, resamples, bits):
                yield weights.astype(np.float64)
            return
        shares = self._sizes / self._groups
        for size in block_sizes(resamples, max(1, _BLOCK // (self.work + len(self)))):
            yield generator.multinomial(self._groups, shares, size).T.astype(np.float64)


def _mark_patterns(
    groups: RowGroups, cells: npt.NDArray[np.intp], count: int
) -> npt.NDArray[np.uint64]:
    """Return a number for each group that is equal for groups with the same cells.

    It is the sum of one random number of 64 bits for each row's cell. Two different patterns have
    the same sum with a probability below 1e-7 for a million patterns.
    """
    random = np.random.default_rng(0).integers(0, 2**64, count, dtype=np.uint64)
    order = np.argsort(groups.index, kind="stable")
    starts = np.searchsorted(groups.index[order], np.arange(groups.count))
    return np.add.reduceat(random[cells[order]], starts)
