"""Know which spellings count as missing values, in each column."""

from collections.abc import Mapping
from dataclasses import dataclass, field

IN_CSV = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null",
)  # fmt: skip
"""What programs write for a missing value into CSV. Empty cells are missing in every file."""


@dataclass(frozen=True)
class MissingSpellings:
    """The spellings of a missing value, beside empty cells and nulls."""

    everywhere: tuple[str, ...] = ()
    """In each column that `by_column` does not name."""
    by_column: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, column: str) -> frozenset[str]:
        """Return the spellings of one column."""
        return frozenset(self.by_column.get(column, self.everywhere))

    def in_all(self) -> tuple[str, ...]:
        """Return the spellings that every column has."""
        return tuple(
            spelling
            for spelling in self.everywhere
            if all(spelling in own for own in self.by_column.values())
        )
