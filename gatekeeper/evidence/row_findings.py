"""What is found about answers and rows, as the comparing process says it.

Apart from the code that finds it, which needs scikit-learn: the gatekeeper's own process does not.
"""

from shared.contract.document import Finite, Positive, StrictModel
from shared.contract.documents import Count, Descriptor


class ClassRecall(StrictModel):
    """One class of the holdout."""

    name: str
    rows: int
    recall: Finite | None
    """None where the holdout has no row of the class."""


class Slicing(StrictModel):
    """Which slices are looked at; see GATEKEEPER_SLICES."""

    columns: tuple[str, ...] = ()
    least_rows: int = 1


class SliceScore(StrictModel):
    """How both models do on some rows of the holdout."""

    column: str
    value: str
    """What the rows have in common, as people write it; `missing` where they have no value."""
    rows: int
    challenger: Finite | None
    """None where the metric has no value on these rows, as an AUC of one class."""
    champion: Finite | None

    @property
    def is_compared(self) -> bool:
        """Whether both models have a score here."""
        return self.challenger is not None and self.champion is not None

    @property
    def difference(self) -> float:
        """Challenger minus champion; 0 where one of them has no score."""
        if self.challenger is None or self.champion is None:
            return 0.0
        return self.challenger - self.champion


class RowsFile(StrictModel):
    """The rows.npz of one candidate, where it stands."""

    directory: str
    file: Descriptor


class SeenRows(StrictModel):
    """What row hashes say about the challenger's holdout; None where they say nothing."""

    rows: Positive
    """Of the holdout."""
    challenger: Count | None = None
    """Of these, the rows that the challenger was fitted on."""
    champion: Count | None = None
    """Of these, the rows that the champion was fitted on."""
    lost_fraction: Finite | None = None
    """The share of the champion's holdout rows that this holdout has no more."""
    challenger_error: str = ""
    """Why the challenger's hashes cannot be read, as one sentence."""
    champion_error: str = ""
    """Why the champion's cannot."""
