"""Move single rows to the splits that lack their class, where no salt is found that does it.

A moved row stays in its new split: the manifest records it, and later runs keep it. All other
rows stay where they are. So a class that is new in the data changes no holdout.
"""

from collections.abc import Mapping

import numpy as np

from trainer.dataset.split import SPLITS, SplitIndices
from trainer.splits.distinct_rows import DistinctRows

Moves = Mapping[int, int]
"""The new split of each moved row, by the hash of the row without a salt."""


def find_moves(rows: DistinctRows, splits: SplitIndices) -> Moves | None:
    """Return the fewest moves after which every split has every class; None if there are none.

    *splits* are those of the different rows. A class gives rows of the split with most of them.
    """
    if rows.dataset.schema.task == "regression":
        return None
    splits, moves = splits.copy(), dict[int, int]()
    pair_rows, pair_classes = rows.rows_of_classes
    counts = np.zeros((len(SPLITS), len(rows.dataset.schema.classes)), dtype=int)
    np.add.at(counts, (splits[pair_rows], pair_classes), 1)
    for split, label in np.argwhere(counts == 0).tolist():
        members = pair_rows[pair_classes == label]
        order = np.lexsort((rows.counts[members], -counts[splits[members], label]))
        for row in members[order].tolist():
            start, end = np.searchsorted(pair_rows, [row, row + 1])
            own = pair_classes[start:end]
            if (counts[splits[row], own] > 1).all():
                break
        else:
            return None
        counts[splits[row], own] -= 1
        counts[split, own] += 1
        splits[row] = split
        moves[int(rows.hashes[row])] = split
    return moves
