"""golden.json: rows with the predictions that a model must reproduce."""

from pydantic import Field

from shared.contract.document import Document, Finite, is_none
from shared.contract.parity import TargetScale


class GoldenRows(Document):
    """golden.json: real rows, and the model's predictions for them when it was exported."""

    rows: tuple[tuple[Finite | None, ...], ...] = Field(min_length=1)
    """Values in the encoding of `shared.inference.feature_encoding`; None is a missing value."""
    predictions: tuple[Finite, ...]
    probabilities: tuple[tuple[Finite, ...], ...] | None
    target: TargetScale | None = Field(default=None, exclude_if=is_none)
    """The scale of a regression's target; None for a classifier, and in older documents."""
