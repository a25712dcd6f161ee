"""The baseline: the scores of the best constant answer, to compare a model's scores with.

It answers as DummyClassifier(strategy="prior") and DummyRegressor of scikit-learn do, with two
exceptions. A metric of the positive class is 0 for every other constant, so the answer is then the
positive class. A metric of absolute errors is best for the median.
"""

import contextlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.contract.run_results import Baseline
from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.scorer_names import NEED_PROBABILITIES, NEG_COST, TWO_CLASSES
from shared.scoring.scorers import report_scores, score
from shared.scoring.truth import Truth
from shared.text import shorten
from trainer.candidates.threshold import POSITIVE
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits


@dataclass(frozen=True)
class ConstantAnswer:
    """The same answer to all rows."""

    words: str
    value: int | float
    """The index of a class, or a number."""
    shares: npt.NDArray[np.float64] | None
    """Shape [classes]: the probabilities; None for a number."""

    def predict(self, rows: int) -> Predictions:
        """Return the answers for a number of rows."""
        if self.shares is None:
            return Predictions(np.full(rows, self.value), None)
        probabilities = np.broadcast_to(self.shares, (rows, len(self.shares)))
        return Predictions(np.full(rows, self.value, dtype=np.int64), probabilities)


def score_baseline(
    splits: Splits, schema: DataSchema, metric: str, costs: CostTable | None = None
) -> Baseline:
    """Score the best constant answer of train on validation and holdout."""
    answer = choose_answer(splits.train.target, schema.classes, metric, costs)

    def scores(split: Split) -> dict[str, float]:
        classes, predictions = len(schema.classes), answer.predict(len(split.target))
        found = report_scores(split.target, predictions, classes, costs)
        with contextlib.suppress(SettingsError):  # such as a deviance of a mean below 0
            found[metric] = score(metric, split.target, predictions, classes, costs)
        return found

    return Baseline(
        answer=answer.words,
        metrics=scores(splits.validation),
        holdout_metrics=scores(splits.holdout),
    )


def choose_answer(
    target: Truth, classes: tuple[str, ...], metric: str, costs: CostTable | None = None
) -> ConstantAnswer:
    """Return the constant answer with the best *metric* on the targets of train."""
    if not classes:
        kind = "median" if "absolute" in metric else "mean"
        number = float(np.median(target) if kind == "median" else np.mean(target))
        return ConstantAnswer(f"the {kind}, {number:.6g}", number, None)
    counts = np.bincount(target.astype(np.intp), minlength=len(classes))
    shares = counts / len(target)
    if metric in TWO_CLASSES and metric not in NEED_PROBABILITIES:
        words = f"the positive class, {shorten(classes[POSITIVE])}"
        return ConstantAnswer(words, POSITIVE, shares)
    if metric == NEG_COST and costs is not None:
        cheapest = int((counts @ np.asarray(costs)).argmin())
        words = f"the class with the least cost, {shorten(classes[cheapest])}"
        return ConstantAnswer(words, cheapest, shares)
    most = int(counts.argmax())
    words = f"the most frequent class, {shorten(classes[most])}"
    if metric in NEED_PROBABILITIES:
        words = "the same probabilities, the shares of the classes"
    return ConstantAnswer(words, most, shares)
