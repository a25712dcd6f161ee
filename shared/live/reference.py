"""reference.json: how the training rows of a candidate are distributed, in at most 51 bins."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contract.document import Document, Finite, StrictModel, is_none
from shared.contract.field_types import Count

MAX_REFERENCE_BYTES = 16 << 20
"""The largest reference.json that is published or read."""
MAX_EDGES = 50
MAX_NAMED = 50
"""The most categories, or classes, with a bin of their own."""
PROBABILITY_BINS = 20
"""The number of equal bins of a probability from 0 to 1."""

Counts = Annotated[tuple[Count, ...], Field(max_length=MAX_NAMED + 1)]
Edges = Annotated[tuple[Finite, ...], Field(max_length=MAX_EDGES)]
Named = Annotated[tuple[str, ...], Field(max_length=MAX_NAMED)]


class Bins(StrictModel):
    """The bins of one feature, or of the predictions, and how many rows are in each."""

    edges: Edges | None = Field(default=None, exclude_if=is_none)
    """Ascending inner edges of a number; a bin excludes its lower edge and includes its upper."""
    names: Named | None = Field(default=None, exclude_if=is_none)
    """Categories or classes with a bin of their own; the last bin has all other known ones."""
    counts: Counts

    @property
    def size(self) -> int:
        """The number of bins."""
        return len(self.counts)

    @model_validator(mode="after")
    def _require_one_count_for_each_bin(self) -> Self:
        if self.edges is not None and self.names is not None:
            raise ValueError("expected edges or names, not both")
        if self.edges is not None and any(
            low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)
        ):
            raise ValueError("expected ascending edges")
        inner = self.edges if self.edges is not None else self.names
        expected = 2 if inner is None else len(inner) + 1
        if len(self.counts) != expected:
            raise ValueError(f"expected {expected} counts, found {len(self.counts)}")
        return self


class FeatureBins(Bins):
    """The bins of one feature; a boolean has two, for false and true, without edges and names."""

    missing: Count


class Reference(Document):
    """reference.json: the distribution of a candidate's training rows and predictions."""

    rows: Count
    """Training rows; for each feature, its counts and `missing` sum to this number."""
    features: tuple[FeatureBins, ...]
    """In the order of the artefact's features."""
    predictions: Bins
    """The predictions on the validation rows: classes by name, or numbers by edges."""
    probabilities: Annotated[tuple[Count, ...], Field(max_length=PROBABILITY_BINS)]
    """The largest probability of each validation row in equal bins; empty without probabilities."""
