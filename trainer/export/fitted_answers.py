"""Ask the fitted pipeline for its answers to generated rows, in bounded time."""

import time
import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shared.inference.servable import Predictions, Rows
from trainer.candidates.estimator_text import describe_error
from trainer.export.generated_rows import RowGenerator
from trainer.fitting.pipeline_servable import PipelineServable

ROWS = 5000
_BATCH = 1000
"""Rows that are always asked for, however slow the pipeline is."""
_MAX_SECONDS = 15.0


@dataclass(frozen=True)
class FittedAnswers:
    """Generated rows with the answers of the fitted pipeline."""

    rows: Rows
    """The rows that it answers."""
    predictions: Predictions
    failed: Rows
    """The ordinary rows on which it raises an error, or gives a number that is not finite."""
    error: str
    """The first of these errors."""


def ask_fitted(pipeline: PipelineServable, generator: RowGenerator) -> FittedAnswers:
    """Generate rows and predict for them: 5,000 rows, or fewer if that takes long."""
    until = time.monotonic() + _MAX_SECONDS
    answers = list[FittedAnswers]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unseen categories and far numbers are on purpose
        while not answers or (len(answers) * _BATCH < ROWS and time.monotonic() < until):
            answers.append(_ask(pipeline, generator.generate(_BATCH)))
    joined = _join(answers)
    return replace(joined, failed=joined.failed[generator.are_ordinary(joined.failed)])


def _ask(pipeline: PipelineServable, rows: Rows) -> FittedAnswers:
    """Predict for *rows*; if that fails, for both halves, so that single rows are found."""
    try:
        return FittedAnswers(rows, pipeline.predict(rows), rows[:0], "")
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything
        if len(rows) == 1:
            nothing = Predictions(np.zeros(0), None)
            return FittedAnswers(rows[:0], nothing, rows, describe_error(error))
    half = len(rows) // 2
    return _join([_ask(pipeline, rows[:half]), _ask(pipeline, rows[half:])])


def _join(answers: list[FittedAnswers]) -> FittedAnswers:
    predictions = [part.predictions for part in answers if len(part.rows)]
    probabilities = [part.probabilities for part in predictions if part.probabilities is not None]
    values: npt.NDArray[np.float64] = np.concatenate(
        [np.zeros(0), *(part.values for part in predictions)]
    )
    return FittedAnswers(
        np.concatenate([part.rows for part in answers]),
        Predictions(values, np.concatenate(probabilities) if probabilities else None),
        np.concatenate([part.failed for part in answers]),
        next((part.error for part in answers if part.error), ""),
    )
