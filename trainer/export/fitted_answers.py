"""Ask the fitted pipeline for its answers to generated rows, in bounded time."""

import time
import warnings
from collections.abc import Iterator
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
_MOST_FAILED = 10


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


def ask_fitted(
    pipeline: PipelineServable, generator: RowGenerator, *, may_fail: bool = False
) -> FittedAnswers:
    """Generate rows and predict for them: 5,000 rows, or fewer if that takes long.

    Stop after ten ordinary rows on which the pipeline fails, unless it *may_fail*: a model with
    functions of the user may refuse the same rows.
    """
    most_failed = ROWS if may_fail else _MOST_FAILED
    until = time.monotonic() + _MAX_SECONDS
    answers = list[FittedAnswers]()
    asked = failed = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unseen categories and far numbers are on purpose
        while not asked or (asked < ROWS and failed < most_failed and time.monotonic() < until):
            for found in _ask(pipeline, generator.generate(_BATCH)):
                ordinary = found.failed[generator.are_ordinary(found.failed)]
                answers.append(replace(found, failed=ordinary))
                failed += len(ordinary)
                if failed == most_failed:
                    break
            asked += _BATCH
    return _join(answers)


def _ask(pipeline: PipelineServable, rows: Rows) -> Iterator[FittedAnswers]:
    """Predict for *rows*; if that fails, for both halves, so that single rows are found."""
    try:
        predictions = pipeline.predict(rows)
    except Exception as error:  # noqa: BLE001 - an estimator may raise anything
        if len(rows) == 1:
            nothing = Predictions(np.zeros(0), None)
            yield FittedAnswers(rows[:0], nothing, rows, describe_error(error))
            return
    else:
        yield FittedAnswers(rows, predictions, rows[:0], "")
        return
    half = len(rows) // 2
    yield from _ask(pipeline, rows[:half])
    yield from _ask(pipeline, rows[half:])


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
