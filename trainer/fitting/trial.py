"""One attempt: fit an estimator on train and score it on validation."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from time import perf_counter
from typing import Any

import pandas as pd

from shared.contract.documents import CandidateResult
from shared.inference.dataframe import to_frame
from shared.inference.servable import Predictions
from shared.scoring.scorers import confusion_matrix, report_scores, score
from trainer.candidates.candidate_table import Candidate, seeded
from trainer.candidates.estimator_text import describe_estimator, parameters_of, reason_of
from trainer.dataset.schema import Schema
from trainer.dataset.split import Parts
from trainer.fitting.pipeline_servable import PipelineServable


@dataclass(frozen=True)
class Fitted:
    """A candidate that was fitted and scored."""

    pipeline: Any
    validation: Predictions
    score: float


@dataclass(frozen=True)
class Attempt:
    """What became of a candidate, or of one setting of it."""

    result: CandidateResult
    fitted: Fitted | None

    def failed(self, reason: str) -> "Attempt":
        """The same candidate, out of the running."""
        return Attempt(self.result.model_copy(update={"error": reason}), None)


@dataclass(frozen=True)
class Fitting:
    """What every candidate is fitted and scored with."""

    parts: Parts
    schema: Schema
    metric: str
    seed: int
    search: int = 0
    """Settings to draw for each candidate that has a parameter space."""

    @cached_property
    def train_frame(self) -> pd.DataFrame:
        """The rows of train, made into a table once for all fits."""
        return to_frame(self.parts.train.rows, self.schema.features)


def out(candidate: Candidate, reason: str) -> Attempt:
    """A candidate that was not fitted."""
    return Attempt(_result(candidate.name, candidate.estimator), None).failed(reason)


def attempt(candidate: Candidate, setting: Mapping[str, Any], fitting: Fitting) -> Attempt:
    """Fit and score one setting; whatever the estimator raises is recorded, and others go on."""
    from sklearn.base import clone  # noqa: PLC0415 - slow to import

    estimator = candidate.estimator
    result = _result(candidate.name, estimator)
    try:
        if setting:
            estimator = clone(estimator).set_params(**setting)
            result = _result(candidate.name, estimator)
        return _fit(result, seeded(estimator, fitting.seed), fitting)
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything
        return Attempt(result, None).failed(reason_of(error))


def _result(name: str, estimator: Any) -> CandidateResult:
    return CandidateResult(
        name=name,
        estimator=describe_estimator(estimator),
        parameters={},
        metrics={},
        confusion_matrix=None,
        fit_seconds=0.0,
        error=None,
    )


def _fit(result: CandidateResult, pipeline: Any, fitting: Fitting) -> Attempt:
    train, validation = fitting.parts.train, fitting.parts.validation
    classes = len(fitting.schema.classes)
    started = perf_counter()
    pipeline.fit(fitting.train_frame, train.target)
    seconds = perf_counter() - started
    answers = PipelineServable(pipeline, fitting.schema).predict(validation.rows)
    value = score(fitting.metric, validation.target, answers, classes)
    metrics = report_scores(validation.target, answers, classes)
    update = {
        "parameters": parameters_of(pipeline),
        "metrics": {**metrics, fitting.metric: value},
        "confusion_matrix": (
            confusion_matrix(validation.target, answers, classes) if classes else None
        ),
        "fit_seconds": seconds,
    }
    return Attempt(result.model_copy(update=update), Fitted(pipeline, answers, value))
