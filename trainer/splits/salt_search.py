"""Find the first salt whose split can be used: no salt, then "1", "2" and so on.

A salt can be used if every split has every class, or two different targets for a regression. It is
taken if the splits have about their shares of the rows. Shares that differ by chance are accepted,
so an ordinary table has no salt. If few rows differ, the salt with the best shares is taken.

The search is deterministic: its limits count hashes, not seconds.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import sqrt

import numpy as np

from trainer.dataset.row_hashing import begin_hash, iterate_contents
from trainer.dataset.split import BOUNDS, SHARES, SPLITS, TRAIN_FRACTION, SplitRule
from trainer.splits.distinct_rows import DistinctRows

MAX_SALTS = 1_000
MAX_HASHES = 5_000_000
"""Hashes of all rows in one search, about 5 seconds. At least three salts are tried on all rows."""
SMALL_GROUP = 50
"""Rows up to which a class may well be missing from a split: 0.8^50 is 0.00001."""
_DEVIATION = 0.05
_STANDARD_ERRORS = 4.0


def find_salt(rows: DistinctRows) -> str | None:
    """Return the first salt that can be used and has about the right shares, or the best one.

    None if no salt that was tried can be used.
    """
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
    largest_number = max(MAX_HASHES // len(rows.hashes), 3)
    full_hashes = 0
    for number in range(MAX_SALTS):
        salt = str(number) if number else ""
        if not _reaches_all_splits(rows, salt, small):
            continue
        if full_hashes == largest_number:
            break
        full_hashes += 1
        splits = rows.split(SplitRule(salt))
        if any(rows.missing_values(splits)):
            continue
        deviation = float(np.abs(rows.shares(splits) - SHARES).max())
        if deviation <= tolerance:
            return salt
        if deviation < least:
            best, least = salt, deviation
    return best


def _reaches_all_splits(rows: DistinctRows, salt: str, groups: Sequence[Sequence[bytes]]) -> bool:
    """Return whether every split has a row of each group."""
    state = begin_hash(rows.dataset, salt)
    for group in groups:
        missing = set(range(len(SPLITS)))
        for content in group:
            digest = state.copy()
            digest.update(content)
            missing.discard(bisect_right(BOUNDS, int.from_bytes(digest.digest(), "big") / 2.0**64))
            if not missing:
                break
        if missing:
            return False
    return True
