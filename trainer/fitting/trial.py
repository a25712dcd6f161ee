"""One trial: fit an estimator on train and score it on validation."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import pandas as pd

from shared.contract.run_results import CandidateResult
from shared.inference.dataframe import to_frame
from shared.inference.servable import Predictions
from shared.scoring.costs import CostTable
from shared.scoring.scorers import confusion_matrix, report_scores, score
from trainer.candidates import estimator_text
from trainer.candidates.array_input import feed_arrays, remove_array_steps
from trainer.candidates.candidate_table import Candidate, clone_with_seed
from trainer.candidates.threshold import set_threshold
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Splits
from trainer.fitting.failure_text import describe_failure
from trainer.fitting.pipeline_servable import PipelineServable, protected


@dataclass(frozen=True)
class FittedCandidate:
    """A fitted pipeline and its score."""

    pipeline: Any
    validation: Predictions
    """Predictions for the validation rows."""
    score: float
    own_indices: tuple[int, ...] | None = None
    """For each class of the schema, the pipeline's own index of it; None: they are equal."""


@dataclass(frozen=True)
class Trial:
    """The result for a candidate, or for one of its settings."""

    result: CandidateResult
    fitted: FittedCandidate | None

    def rejected(self, reason: str) -> "Trial":
        """Return the same candidate as one that cannot be published."""
        return Trial(self.result.model_copy(update={"error": reason}), None)


@dataclass(frozen=True)
class TrialContext:
    """The data and settings that all trials share."""

    splits: Splits
    schema: DataSchema
    metric: str
    seed: int
    search: int = 0
    """Number of settings to draw for each candidate that has a parameter space."""
    threshold: float | None = None
    """The probability from which every estimator answers the positive class."""
    costs: CostTable | None = None
    """The costs of predictions, by class indices."""

    @cached_property
    def train_frame(self) -> pd.DataFrame:
        """The rows of train as a table, built once for all fits."""
        return to_frame(self.splits.train.rows, self.schema.features)


def rejected_trial(candidate: Candidate, reason: str) -> Trial:
    """Return the trial of a candidate that is not fitted."""
    return Trial(_result(candidate.name, candidate.estimator), None).rejected(reason)


def run_trial(candidate: Candidate, setting: Mapping[str, Any], context: TrialContext) -> Trial:
    """Fit and score one setting. Errors of the estimator are recorded, not raised."""
    from sklearn.base import clone  # noqa: PLC0415 - slow to import

    estimator = candidate.estimator
    result = _result(candidate.name, estimator)
    try:
        if setting:
            estimator = clone(estimator).set_params(**setting)
            result = _result(candidate.name, estimator)
        estimator = feed_arrays(
            clone_with_seed(estimator, context.seed),
            [feature.name for feature in context.schema.features],
            has_strings=any(feature.categories for feature in context.schema.features),
        )
        return _fit(result, estimator, context)
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything
        return Trial(result, None).rejected(describe_failure(error, context.schema.features))


def _result(name: str, estimator: Any) -> CandidateResult:
    return CandidateResult(
        name=name,
        estimator=estimator_text.describe_value(estimator),
        parameters={},
        metrics={},
        confusion_matrix=None,
        fit_seconds=0.0,
        error=None,
    )


def _fit(result: CandidateResult, pipeline: Any, context: TrialContext) -> Trial:
    train, validation = context.splits.train, context.splits.validation
    classes = len(context.schema.classes)
    started = perf_counter()
    pipeline.fit(protected(context.train_frame), train.target)
    seconds = perf_counter() - started
    fitted = pipeline
    if context.threshold is not None:
        fitted = set_threshold(pipeline, context.threshold)
    predictions = PipelineServable(fitted, context.schema).predict(validation.rows)
    value = score(context.metric, validation.target, predictions, classes, context.costs)
    metrics = report_scores(validation.target, predictions, classes, context.costs)
    update = {
        "parameters": estimator_text.describe_parameters(remove_array_steps(pipeline)),
        "metrics": {**metrics, context.metric: value},
        "confusion_matrix": (
            confusion_matrix(validation.target, predictions, classes) if classes else None
        ),
        "fit_seconds": seconds,
    }
    return Trial(result.model_copy(update=update), FittedCandidate(fitted, predictions, value))
