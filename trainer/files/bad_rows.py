"""Collect the rows of a CSV file that do not have as many cells as there are names."""

from dataclasses import dataclass, field
from typing import Any, Literal

from shared.errors import DatasetError
from shared.text import quote

_SHOWN_ROWS = 3


@dataclass
class BadRows:
    """The rows whose number of cells is not that of the line of names."""

    separator: str = ","
    skipped: int = 0
    """Lines before the names, which the reader does not count."""
    count: int = 0
    first: list[str] = field(default_factory=list)
    """Sentences about the first of them."""
    has_one_more: bool = False
    """Whether the first of them has one cell too many."""
    has_lines: bool = False
    """Whether one of the first has several lines."""

    def skip(self, row: Any) -> Literal["skip"]:
        """Count a row that pyarrow cannot read; an answer for `invalid_row_handler`."""
        if not self.count:
            self.has_one_more = row.actual_columns == row.expected_columns + 1
        if self.count < _SHOWN_ROWS:
            self.has_lines = self.has_lines or "\n" in row.text.strip()
            place = "a row" if row.number is None else f"row {row.number}"
            self.first.append(
                f"{place} has {row.actual_columns} cell{'s' * (row.actual_columns != 1)} in place "
                f"of {row.expected_columns}: "
                f"{quote(row.text)}"
            )
        self.count += 1
        return "skip"

    def require_none(self, source: str, others: int) -> None:
        """Raise DatasetError if there are such rows in *source*, beside the number of *others*."""
        if not self.count:
            return
        more = f" and {self.count - len(self.first)} more" if self.count > len(self.first) else ""
        sign = {",": "commas", ";": "semicolons", "\t": "tabs"}.get(self.separator, "separators")
        hint = "Give these rows as many cells as the first line has names, or remove them."
        if self.has_one_more:
            hint = f"Put cells with {sign} into quotes, or remove the cell that is too many."
        if self.has_lines:
            hint = "Probably a closing quote is missing in such a row. Add it."
        elif self.has_one_more and not others:
            hint = (
                f"Put cells with {sign} into quotes. If every row has one cell too many, the file "
                "has row names without a name in the first line, as from R's write.table, or a "
                "separator at the end of each row. Write the file without them."
            )
        raise DatasetError(
            f"TRAINER_DATASET={source} cannot be read: {'; '.join(self.first)}{more}. {hint}"
        )
