"""Export a brought pipeline by the trainer's own conversion, with proof against itself."""

from typing import Any

import numpy as np

from shared.errors import ExportError
from shared.inference.golden_rows import TOLERANCE
from shared.inference.servable import Predictions, Rows, predict_in_batches
from shared.inference.target_scale import measure_target_scale, relative_differences
from trainer.brought_models.bare.class_order import ClassOrder, match_labels
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_pipelines.canonical_pipeline import make_canonical
from trainer.brought_pipelines.own_rows import OwnAnswers, ask_own
from trainer.brought_pipelines.pickled_pipeline import BroughtPipeline
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.export.gap_rows import make_gap_rows
from trainer.export.row_text import describe_row
from trainer.fitting.trial import FittedCandidate

_ROWS_OF_TRAIN = 100_000
"""The most fitted rows from which the proof takes numbers for its generated rows."""


def export_pipeline(
    brought: BroughtPipeline,
    schema: DataSchema,
    splits: Splits,
    wished: tuple[str, ...],
    *,
    allow_joblib: bool,
) -> tuple[ExportedCandidate, str]:
    """Return a candidate that can be published, and a sentence about an assumed order of classes.

    Args:
        brought: The pipeline.
        schema: The schema of the rows.
        splits: The fitted rows as train, which may be empty, and the holdout.
        wished: The classes in the order of the pipeline's own, if a person gave them.
        allow_joblib: Whether a pipeline that does not convert is served as a pickle.

    Raises:
        UnfitModelError: The pipeline does not fit the rows, or cannot be exported.
    """
    order = _order_classes(brought.own, schema, wished)
    own_indices = order.columns if order and _is_another(order) else None
    indices = dict(zip(order.labels, order.columns, strict=True)) if order else {}
    canonical = make_canonical(brought.read_copy(), indices, schema)
    holdout = splits.holdout
    own = _answer(brought.own, holdout.rows, schema, order, "of HOLDOUT")
    train = splits.train.rows[:_ROWS_OF_TRAIN]
    seen = Split(train, splits.train.target[:_ROWS_OF_TRAIN]) if len(train) else holdout
    # The export needs a few rows as validation; the answers to them are part of its proof.
    few = Split(holdout.rows[:1], holdout.target[:1])
    validation = Predictions(
        own.values[:1], None if own.probabilities is None else own.probabilities[:1]
    )
    fitted = FittedCandidate(canonical, validation, 0.0, own_indices)
    try:
        exported = export_candidate(
            fitted, schema, Splits(seen, few, holdout), allow_joblib=allow_joblib
        )
    except ExportError as error:
        raise UnfitModelError(f"The model cannot be published: {error}.") from error
    except Exception as error:  # it runs code of other libraries
        raise UnfitModelError(
            f"The model cannot be converted: its estimators failed with {type(error).__name__}. "
            "Export the model to ONNX yourself, and publish that file."
        ) from error
    _require_equal(exported, schema, holdout, holdout.rows, own)
    gaps = make_gap_rows(holdout.rows, schema.features)
    if len(gaps):
        what = "with missing values or unseen categories, which /predict accepts"
        _require_equal(
            exported, schema, holdout, gaps, _answer(brought.own, gaps, schema, order, what)
        )
    return exported, order.note if order else ""


def _order_classes(pipeline: Any, schema: DataSchema, wished: tuple[str, ...]) -> ClassOrder | None:
    """Return which label and which column of probabilities each class has."""
    from sklearn.base import is_classifier  # noqa: PLC0415 - slow to import

    labels = getattr(pipeline, "classes_", None)
    if not schema.classes:
        if labels is not None and is_classifier(pipeline):
            raise UnfitModelError(
                "The model is a classifier, but the target is a regression. "
                "Set METRIC to one for classes."
            )
        return None
    if labels is None or not is_classifier(pipeline):
        raise UnfitModelError(
            f"The model {type(pipeline).__name__} is not a classifier, but the target has "
            f"{len(schema.classes)} classes. Set METRIC to one for a regression, such as r2."
        )
    listed = [_as_label(each) for each in np.asarray(labels).ravel().tolist()]
    return match_labels(listed, schema.classes, wished)


def _is_another(order: ClassOrder) -> bool:
    return list(order.columns) != sorted(order.columns)


def _as_label(label: Any) -> Any:
    if isinstance(label, float) and label.is_integer():
        return int(label)
    return label


def _answer(
    pipeline: Any, rows: Rows, schema: DataSchema, order: ClassOrder | None, what: str
) -> Predictions:
    """Return the answers of the pipeline itself, as a servable has them."""
    own: OwnAnswers = ask_own(pipeline, rows, schema, what)
    if order is None:
        try:
            return Predictions(np.array(own.labels, dtype=np.float64), None)
        except (TypeError, ValueError) as error:
            raise UnfitModelError(
                f"The model predicts {own.labels[0]!r} for the first row, but the target is a "
                "number. Set METRIC to one for classes."
            ) from error
    indices = {label: index for index, label in enumerate(order.labels)}
    values = np.array([indices[_as_label(label)] for label in own.labels], dtype=np.int64)
    if own.probabilities is None:
        return Predictions(values, None)
    return Predictions(values, own.probabilities[:, list(order.columns)])


def _require_equal(
    exported: ExportedCandidate, schema: DataSchema, holdout: Split, rows: Rows, own: Predictions
) -> None:
    """Raise UnfitModelError that shows a row which the exported model answers differently."""
    found = predict_in_batches(exported.servable, rows)
    if not schema.classes:
        scale = measure_target_scale(holdout.target)
        is_equal = relative_differences(scale, own.values, found.values) <= TOLERANCE
    else:
        is_equal = own.values == found.values
        if own.probabilities is not None and found.probabilities is not None:
            apart = np.abs(own.probabilities - found.probabilities).max(axis=1)
            top = np.sort(own.probabilities, axis=1)
            is_tie = top[:, -1] - top[:, -2] <= TOLERANCE
            is_equal = (is_equal | is_tie) & (apart <= TOLERANCE)
    if not is_equal.all():
        index = int(np.argmin(is_equal))
        raise UnfitModelError(
            f"The exported model answers {int((~is_equal).sum())} of {len(rows)} rows otherwise "
            f"than the pipeline, such as {describe_row(rows[index], schema.features)}. Missing "
            "strings must be NaN or None for all steps; or export the model to ONNX yourself."
        )
