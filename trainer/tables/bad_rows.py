"""Skip the rows of a CSV file with too few or too many cells, and report all of them at the end."""

from dataclasses import dataclass, field
from typing import Any, Literal

from shared.errors import DatasetError
from shared.text import quote

_SHOWN = 3


@dataclass
class BadRows:
    """The rows whose number of cells is not that of the line of names."""

    count: int = 0
    first: list[str] = field(default_factory=list)
    """Sentences about the first of them."""
    has_one_more: bool = False
    """Whether the first of them has one cell too many."""

    def skip(self, row: Any) -> Literal["skip"]:
        """Count a row that pyarrow cannot read; an answer for `invalid_row_handler`."""
        if not self.count:
            self.has_one_more = row.actual_columns == row.expected_columns + 1
        if self.count < _SHOWN:
            place = "" if row.number is None else f"Row #{row.number}: "
            self.first.append(
                f"{place}Expected {row.expected_columns} columns, got {row.actual_columns}: "
                f"{quote(row.text)}"
            )
        self.count += 1
        return "skip"

    def require_none(self, source: str, others: int) -> None:
        """Raise DatasetError if there are such rows in *source*, beside the number of *others*."""
        if not self.count:
            return
        more = f" and {self.count - len(self.first)} more" if self.count > len(self.first) else ""
        hint = "Give these rows as many cells as the first line has names, or remove them."
        if self.has_one_more:
            hint = "Put cells with commas into quotes, or remove the cell that is too many."
        if self.has_one_more and not others:
            hint = (
                "Put cells with commas into quotes. If every row has one cell too many, the file "
                "has row names without a name in the first line, as from R's write.table, or a "
                "comma at the end of each row. Write the file without them."
            )
        raise DatasetError(
            f"TRAINER_DATASET={source} cannot be read: CSV parse error: "
            f"{'; '.join(self.first)}{more}. {hint}"
        )
