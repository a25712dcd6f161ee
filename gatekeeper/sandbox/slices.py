"""Score models on slices of the holdout: the rows that share a value.

A model can be better on all rows and worse on a slice; see docs/gate.md.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper.evidence.comparison_messages import SliceScore, Slicing, UnjudgedSlices
from gatekeeper.sandbox.column_slices import Indices, Mask, find_slices
from gatekeeper.statistics.small_sample_intervals import find_intervals
from shared.contract.documents import Artefact
from shared.errors import SettingsError
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.holdout_file import Holdout
from shared.scoring.scorer_names import BINARY, has_positive_class
from shared.scoring.scorers import score
from shared.scoring.truth import Truth

MAX_SLICES = 50
"""Number of slices that are kept: those where the challenger loses most to the champion."""
MAX_UNJUDGED = 20
"""Number of slices that are kept although no limit judges them: the largest ones."""
MAX_LOWEST = 20
"""Number of slices that are kept because the challenger's score is low."""


@dataclass(frozen=True)
class _Judge:
    """The models, and the rows on which they are scored."""

    holdout: Holdout
    metric: str
    classes: int
    predictions: Sequence[Predictions]
    costs: CostTable | None = None

    def score(self, column: str, value: str, rows: Indices) -> SliceScore:
        """Score the models on the slice *value* of *column*, which has *rows*."""
        truth = self.holdout.target[rows]
        scores: list[float | None] = [None] * len(self.predictions)
        if not self._lacks_positive_rows(truth):
            chosen = [select_rows(rows, each) for each in self.predictions]
            scores = [
                score_or_none(self.metric, truth, each, self.classes, self.costs) for each in chosen
            ]
        return SliceScore(
            column=column,
            value=value,
            rows=len(rows),
            challenger=scores[0],
            champion=scores[1] if len(scores) > 1 else None,
        )

    def add_intervals(self, found: SliceScore, rows: Indices) -> SliceScore:
        """Add the intervals of the scores to the slice *found*, which has *rows*."""
        if found.challenger is None:
            return found
        chosen = [select_rows(rows, each) for each in self.predictions]
        own, difference = find_intervals(
            self.metric, self.holdout.target[rows], chosen, self.classes, self.costs
        )
        return found.model_copy(update={"interval": own, "difference_interval": difference})

    def _lacks_positive_rows(self, truth: Truth) -> bool:
        """Return whether the metric is about rows that the slice lacks; it would be 0 for all."""
        is_binary = self.classes == BINARY
        return is_binary and has_positive_class(self.metric) and not (truth == 1).any()

    def is_scored(self, found: SliceScore) -> bool:
        """Return whether every model has a score on the slice."""
        has_champion = len(self.predictions) > 1
        return found.challenger is not None and (found.champion is not None or not has_champion)


def score_slices(
    slicing: Slicing,
    holdout: Holdout,
    reference: Artefact,
    metric: str,
    predictions: Sequence[Predictions],
    *,
    costs: CostTable | None = None,
    has_groups: bool = False,
) -> tuple[tuple[SliceScore, ...], UnjudgedSlices]:
    """Score the challenger, and the champion if there is one, on each slice, worst first.

    Return the slices that limits judge, and those with too few rows or without a score.
    *reference* is the challenger's artefact: *holdout* has its features and *predictions* have
    its classes. A column that is neither a feature nor kept for slices has no slices.
    With *has_groups* no slice has intervals: those of independent rows would be too narrow.
    """
    if not slicing.columns:
        return (), UnjudgedSlices()
    judge = _Judge(holdout, metric, len(reference.classes), predictions, costs)
    judged: list[tuple[SliceScore, Indices]] = []
    others: list[tuple[SliceScore, Indices]] = []
    small: list[tuple[str, str, Indices]] = []
    for column, value, rows in find_slices(slicing.columns, holdout, reference.features):
        if len(rows) < slicing.least_rows:
            small.append((column, value, rows))
            continue
        found = judge.score(column, value, rows)
        (judged if judge.is_scored(found) else others).append((found, rows))
    count = len(small) + len(others)
    small.sort(key=lambda each: -len(each[2]))
    others += [(judge.score(*each), each[2]) for each in small[:MAX_UNJUDGED]]
    others = sorted(others, key=lambda each: -each[0].rows)[:MAX_UNJUDGED]
    kept = [
        sorted(
            (each if has_groups else judge.add_intervals(each, rows) for each, rows in group),
            key=_rank,
        )
        for group in (_keep_extremes(judged), others)
    ]
    return tuple(kept[0]), UnjudgedSlices(slices=tuple(kept[1]), count=count)


def _rank(found: SliceScore) -> tuple[bool, float, float]:
    """Return the key that sorts slices: worst first, and those without a score last."""
    if found.challenger is None:
        return True, 0.0, -found.rows
    return False, found.difference, found.challenger


def _keep_extremes(found: list[tuple[SliceScore, Indices]]) -> list[tuple[SliceScore, Indices]]:
    """Keep the slices that decide: largest drops, lowest scores, ends of each column's scores."""
    by_drop = sorted(found, key=lambda each: _rank(each[0]))
    by_score = sorted(found, key=lambda each: each[0].challenger or 0.0)
    ends: dict[str, tuple[SliceScore, Indices]] = {}
    for each in by_score:
        ends.setdefault(f"lowest {each[0].column}", each)
        ends[f"highest {each[0].column}"] = each
    kept = [*by_drop[:MAX_SLICES], *by_score[:MAX_LOWEST], *ends.values()]
    return list({id(each): each for each in kept}.values())


def select_rows(rows: Mask | Indices, predictions: Predictions) -> Predictions:
    """Select the predictions for *rows*: where a mask of shape [n] is True, or at the indices."""
    probabilities = predictions.probabilities
    return Predictions(
        predictions.values[rows], None if probabilities is None else probabilities[rows]
    )


def score_or_none(
    metric: str,
    truth: Truth,
    predictions: Predictions,
    classes: int,
    costs: CostTable | None = None,
) -> float | None:
    """Compute a score; None if the metric is not defined on these rows."""
    if not len(truth):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # None reports an undefined metric
        try:
            return score(metric, truth, predictions, classes, costs)
        except SettingsError:  # such as AUC of one class, or r2 of a constant target
            return None
