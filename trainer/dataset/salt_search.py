"""Find the first salt whose split can be used: no salt, then "1", "2" and so on.

A salt can be used if every split has every class, or two different targets for a regression. It is
taken if the splits have about their shares of the rows. Shares that differ by chance are accepted,
so an ordinary table has no salt. If few rows differ, the salt with the best shares is taken.

The search is deterministic: its limits count hashes, not seconds.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from trainer.dataset.distinct_rows import DistinctRows
from trainer.dataset.row_hashing import begin_hash, iterate_contents
from trainer.dataset.split import BOUNDS, SPLITS, TRAIN_FRACTION, VALIDATION_FRACTION

MAX_SALTS = 1_000_000
MAX_HASHES = 5_000_000
"""Hashes of one search, about 5 seconds. At least three salts are tried on all rows."""
SALTS_FOR_SHARES = 1_000
"""Salts that are tried for better shares after the first one that can be used."""
SMALL_GROUP = 50
"""Rows up to which a class may well be missing from a split: 0.8^50 is 0.00001."""
_HASHES_TO_BEGIN = 5
"""The time to begin with another salt, in hashes."""
_SHARES = (TRAIN_FRACTION, VALIDATION_FRACTION, 1 - TRAIN_FRACTION - VALIDATION_FRACTION)
_DEVIATION = 0.05
_STANDARD_ERRORS = 4.0


@dataclass(frozen=True)
class SaltSearch:
    """The result of a search."""

    salt: str | None
    """None if no salt that was tried can be used."""
    tried: int


def find_salt(rows: DistinctRows) -> SaltSearch:
    """Return the first salt that can be used and has about the right shares, or the best one."""
    tolerance = max(
        _DEVIATION,
        _STANDARD_ERRORS * sqrt(TRAIN_FRACTION * (1 - TRAIN_FRACTION) / len(rows.inverse)),
    )
    small = [
        list(iterate_contents(rows.dataset, rows.indices[group]))
        for group in rows.groups
        if len(group) <= SMALL_GROUP
    ]
    best, least = None, np.inf
    last, spent, allowed = MAX_SALTS, 0, max(MAX_HASHES, 3 * len(rows.hashes))
    number = 0
    while number < last and spent <= allowed:
        salt = str(number) if number else ""
        number += 1
        is_possible, hashes = _reaches_all_splits(rows, salt, small)
        spent += _HASHES_TO_BEGIN + hashes
        if not is_possible:
            continue
        splits = rows.split(salt)
        spent += len(rows.hashes)
        if any(rows.missing_values(splits)):
            continue
        deviation = float(np.abs(rows.shares(splits) - _SHARES).max())
        if deviation <= tolerance:
            return SaltSearch(salt, number)
        if best is None:
            last = min(last, number + SALTS_FOR_SHARES)
        if deviation < least:
            best, least = salt, deviation
    return SaltSearch(best, number)


def _reaches_all_splits(
    rows: DistinctRows, salt: str, groups: Sequence[Sequence[bytes]]
) -> tuple[bool, int]:
    """Return whether every split has a row of each group, and the number of hashes."""
    state, hashes = begin_hash(rows.dataset, salt), 0
    for group in groups:
        missing = set(range(len(SPLITS)))
        for content in group:
            digest = state.copy()
            digest.update(content)
            hashes += 1
            missing.discard(bisect_right(BOUNDS, int.from_bytes(digest.digest(), "big") / 2.0**64))
            if not missing:
                break
        if missing:
            return False, hashes
    return True, hashes
