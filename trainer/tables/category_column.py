"""Encode a column of strings as category codes, or explain why it is not a category."""

from collections import Counter
from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.inference.servable import Rows
from trainer.tables.string_spellings import StringSpellings

MAX_CATEGORIES = 1000
"""Largest number of categories in a column."""
MAX_CATEGORY_LENGTH = 256
"""Largest number of characters in a category."""
MAX_UNIQUE_VALUES = 20
"""Up to this many values, a column may have as many categories as values."""


class CategoryColumn:
    """The categories of one column and their codes, in the order of their first appearance.

    A category that a person has chosen may have as many categories as values.
    """

    def __init__(self, missing: Collection[str] = (), *, is_chosen: bool = False) -> None:
        self.spellings = StringSpellings(missing)
        self._codes: dict[str, int] = {}
        self._counts = Counter[str]()
        self._is_free_text = False
        self._is_chosen = is_chosen

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories, sorted."""
        return tuple(sorted(self._codes))

    def read(self, column: pa.Array) -> npt.NDArray[np.float64]:
        """Return the codes of a batch, shape [rows]; NaN for missing and empty values."""
        missing = np.full(len(column), np.nan)
        if self._is_free_text or pa.types.is_null(column.type):
            return missing
        encoded = column.dictionary_encode()
        indices = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        values, rows = encoded.dictionary.to_pylist(), np.bincount(indices).tolist()
        codes = np.array([*map(self._code, values, rows), np.nan])
        column_codes: npt.NDArray[np.float64] = codes[indices]
        return column_codes

    def _code(self, written: str, rows: int) -> float:
        if self._is_free_text or (value := self.spellings.normalise(written)) is None:
            return np.nan
        if len(value) > MAX_CATEGORY_LENGTH or len(self._codes) > MAX_CATEGORIES:
            self._is_free_text = True
        self._counts[value] += rows
        return float(self._codes.setdefault(value, len(self._codes)))

    def refusal(self) -> str | None:
        """Return why the column cannot be a category; None if it can."""
        if not self._codes:
            return "no values"
        if any(len(value) > MAX_CATEGORY_LENGTH for value in self._codes):
            return f"a value of more than {MAX_CATEGORY_LENGTH} characters"
        different, values = len(self._codes), self._counts.total()
        if different > MAX_CATEGORIES:
            return f"more than {MAX_CATEGORIES} different values"
        if self._is_chosen or values <= MAX_UNIQUE_VALUES:
            return None
        if different == values:
            return "all values differ, like names or identifiers"
        return f"{different} different values in {values} rows" if different > values / 2 else None

    def sort_codes(self, column: Rows) -> None:
        """Replace the codes in *column* by the indices of the sorted categories, in place."""
        indices = {category: index for index, category in enumerate(self.categories)}
        table = np.array([*(indices[category] for category in self._codes), np.nan])
        # Missing values take index -1: the NaN at the end of the table.
        column[:] = table[np.where(np.isnan(column), -1, column).astype(np.intp)]
