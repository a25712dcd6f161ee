"""Draw a holdout of bounded size from all rows whose hash is in the range of the holdout.

Rows of an earlier holdout come first. So the holdout stays the same when data grow, although it
cannot grow with them. Other rows follow in the order of their hashes.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.scoring.row_hash_file import Hashes

Marks = npt.NDArray[np.bool_]


def draw_holdout(
    hashes: Sequence[Hashes], orders: Sequence[Hashes], most: int, earlier: Hashes
) -> list[Marks]:
    """Mark at most *most* rows of the holdout's range, for each part.

    *hashes* and *orders* are those of each part's rows, without and with the salt.
    """
    plain, salted = np.concatenate(hashes), np.concatenate(orders)
    is_new = ~np.isin(plain, earlier)
    chosen = np.zeros(len(plain), dtype=np.bool_)
    chosen[np.lexsort((salted, is_new))[:most]] = True
    ends = np.cumsum([len(part) for part in hashes])
    return [chosen[end - len(part) : end] for part, end in zip(hashes, ends, strict=True)]


def draw_sample(count: int, most: int) -> npt.NDArray[np.intp]:
    """Return at most *most* of *count* indices, spread evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))


def sample(marks: Sequence[Marks], most: int) -> list[Marks]:
    """Mark at most *most* of the marked rows of all parts, spread evenly."""
    whole = np.concatenate(marks)
    sampled = np.zeros_like(whole)
    places = np.flatnonzero(whole)
    sampled[places[draw_sample(len(places), most)]] = True
    ends = np.cumsum([len(part) for part in marks])
    return [sampled[end - len(part) : end] for part, end in zip(marks, ends, strict=True)]
