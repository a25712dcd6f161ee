"""The strings that count as missing values in the columns of a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CSV_SPELLINGS = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null",
)  # fmt: skip
"""Missing in every column of a CSV file, as is an empty cell. They are pyarrow's defaults."""


@dataclass(frozen=True)
class MissingSpellings:
    """The spellings of a missing value in their normal form; the empty string always is one."""

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


NO_SPELLINGS = MissingSpellings()
