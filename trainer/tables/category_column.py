"""Encode a column of strings as category codes, or explain why it is not a category."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.inference.servable import Rows

MAX_CATEGORIES = 1000
"""Largest number of categories in a column."""
MAX_CATEGORY_LENGTH = 256
"""Largest number of characters in a category."""
MAX_UNIQUE_VALUES = 20
"""Up to this many values, a column may have as many categories as values."""


class CategoryColumn:
    """The categories of one column and their codes, in the order of their first appearance."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._values = 0
        self._is_free_text = False

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
        codes = np.array([*map(self._code, encoded.dictionary.to_pylist()), np.nan])
        column_codes: npt.NDArray[np.float64] = codes[indices]
        self._values += int(np.count_nonzero(~np.isnan(column_codes)))
        return column_codes

    def _code(self, value: str) -> float:
        if not value or self._is_free_text:
            return np.nan
        if len(value) > MAX_CATEGORY_LENGTH or len(self._codes) > MAX_CATEGORIES:
            self._is_free_text = True
        return float(self._codes.setdefault(value, len(self._codes)))

    def refusal(self) -> str | None:
        """Return why the column cannot be a category; None if it can."""
        if not self._codes:
            return "no values"
        if any(len(value) > MAX_CATEGORY_LENGTH for value in self._codes):
            return f"a value of more than {MAX_CATEGORY_LENGTH} characters"
        different = len(self._codes)
        if different > MAX_CATEGORIES:
            return f"more than {MAX_CATEGORIES} different values"
        if self._values > MAX_UNIQUE_VALUES and different == self._values:
            return "all values differ, like names or identifiers"
        if self._values > MAX_UNIQUE_VALUES and different > self._values / 2:
            return f"{different} different values in {self._values} rows"
        return None

    def sort_codes(self, column: Rows) -> None:
        """Replace the codes in *column* by the indices of the sorted categories, in place."""
        indices = {category: index for index, category in enumerate(self.categories)}
        table = np.array([*(indices[category] for category in self._codes), np.nan])
        # Missing values take index -1: the NaN at the end of the table.
        column[:] = table[np.where(np.isnan(column), -1, column).astype(np.intp)]
