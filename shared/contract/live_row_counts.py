"""How many rows of a data set are logged rows with labels, in a manifest."""

from operator import not_

from pydantic import Field

from shared.contract.document import StrictModel
from shared.contract.field_types import Count


class LiveRowCounts(StrictModel):
    """The logged rows of a data set; all others are from its table."""

    rows: Count
    parts: dict[str, Count]
    """The logged rows of each split."""
    left_out: dict[str, Count] = Field(default_factory=dict, exclude_if=not_)
    """Labelled rows of the log that are not in the data set, by reason, invalid lines, and
    segments that are too large."""

    def describe(self, rows: int) -> str:
        """Return two sentences; *rows* are all rows of the data set."""
        parts = ", ".join(f"{name} {count}" for name, count in self.parts.items())
        return (
            f"{self.rows} of {rows} rows are logged rows with labels: {parts}. Labels exist "
            "only for answers on which somebody acted, so these rows may not represent all of "
            "production."
        )
