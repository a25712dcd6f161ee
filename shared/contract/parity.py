"""How exactly an exported model predicts, and the scale on which its numbers are compared."""

from pydantic import Field

from shared.contract.document import Finite, StrictModel, is_none


class TargetScale(StrictModel):
    """Mean and standard deviation of the target of a regression."""

    mean: Finite
    deviation: Finite = Field(gt=0)


class Parity(StrictModel):
    """The difference between the predictions of the exported model and of the estimator."""

    rows: int = Field(ge=0)
    labels_equal: bool
    """Whether all labels of a classifier are equal; True for a regressor."""
    max_probability_difference: Finite | None
    max_relative_difference: Finite | None = None
    """The largest relative difference of a regressor's numbers; None for a classifier."""
    target: TargetScale | None = Field(default=None, exclude_if=is_none)
    """The scale of max_relative_difference. Without it, that is relative to the size of numbers."""
    generated_rows: int | None = Field(default=None, ge=0, exclude_if=is_none)
    """The number of generated rows, which are not among *rows*; None from an older trainer."""
    generated_seed: int | None = Field(default=None, ge=0, exclude_if=is_none)
    """The seed of the generated rows."""
