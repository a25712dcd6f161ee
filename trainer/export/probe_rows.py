"""Rows as people will send them: with more holes than the data has, and unseen texts."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Rows

_MOST = 512
_SHARE = 0.3


def make_probe_rows(rows: Rows, features: Sequence[Feature]) -> Rows:
    """At most 512 of *rows*, with values blanked where the schema allows it and texts replaced.

    The same for the same rows. Of 32 and more, each such feature is blanked in some row while
    others are not. Shape [0, features] where no feature may be missing or unseen.
    """
    random = np.random.default_rng(0)
    chosen = random.choice(len(rows), min(len(rows), _MOST), replace=False)
    probes: Rows = rows[np.sort(chosen)]
    may_be_missing = np.array([feature.nullable for feature in features])
    may_be_unseen = np.array([feature.categories is not None for feature in features])
    if not (may_be_missing | may_be_unseen).any():
        return probes[:0]

    def somewhere(columns: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = (random.random(probes.shape) < _SHARE) & columns
        return found

    probes[somewhere(may_be_unseen)] = UNSEEN
    probes[somewhere(may_be_missing)] = np.nan
    return probes
