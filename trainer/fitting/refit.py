"""Fit the chosen candidate again, on train and validation together (TRAINER_REFIT).

The choice is made, so validation has no other use. The holdout stays unseen.
"""

from dataclasses import replace

from shared.errors import ExportError
from shared.inference.dataframe import to_frame
from trainer.candidates.threshold import set_threshold
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Splits
from trainer.fitting.failure_text import describe_failure
from trainer.fitting.pipeline_servable import PipelineServable, protected
from trainer.fitting.trial import FittedCandidate


def refit_candidate(
    fitted: FittedCandidate, schema: DataSchema, splits: Splits, threshold: float | None
) -> FittedCandidate:
    """Return a copy that is fitted on train and validation, with the score of the choice.

    *threshold* is TRAINER_THRESHOLD, which is set around the new fit as around the first one.
    Raises ExportError with the reason if the estimator cannot be fitted on these rows.
    """
    from sklearn.base import clone  # noqa: PLC0415 - slow to import

    rows = splits.join_fitted()
    first = fitted.pipeline if threshold is None else fitted.pipeline.estimator
    try:
        pipeline = clone(first)
        pipeline.fit(protected(to_frame(rows.rows, schema.features)), rows.target)
        if threshold is not None:
            pipeline = set_threshold(pipeline, threshold)
        validation = PipelineServable(pipeline, schema).predict(splits.validation.rows)
    except Exception as error:  # an estimator may raise anything
        reason = describe_failure(error, schema.features)
        raise ExportError(
            f"its fit on train and validation failed ({reason}); correct the estimator, or set "
            "TRAINER_REFIT=false to serve the model that was fitted on train"
        ) from error
    return replace(fitted, pipeline=pipeline, validation=validation)
