"""The baseline of a run: how well one constant answer does, which ignores all features."""

from shared.contract.document import Finite, StrictModel


class Baseline(StrictModel):
    """The scores of a constant answer, with which a model's scores can be compared."""

    answer: str
    """The answer in words: `the most frequent class, benign`."""
    metrics: dict[str, Finite]
    """On validation, as for the candidates."""
    holdout_metrics: dict[str, Finite]
