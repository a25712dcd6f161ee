"""Export a fitted candidate as an artefact: the served model, its proof and its golden rows."""

import functools
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shared.contract.documents import (
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
    NumberType,
    compute_digest,
)
from shared.contract.layout import ARTEFACT, GOLDEN, JOBLIB_MODEL, ONNX_MODEL
from shared.contract.parity import Parity, TargetScale
from shared.errors import ExportError, RowDependenceError, ServableError
from shared.inference.golden_rows import record_golden_rows
from shared.inference.joblib_servable import JoblibServable
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Predictions, Rows, Servable, predict_in_batches
from shared.inference.target_scale import measure_target_scale
from trainer.candidates.estimator_text import describe_error
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Splits
from trainer.export.gap_rows import make_gap_rows
from trainer.export.generated_parity import GeneratedProof
from trainer.export.golden_rows import choose_golden_rows
from trainer.export.new_spellings import NewSpellings, read_new_spellings
from trainer.export.parity import prove_parity
from trainer.fitting.pickling import pickle_pipeline
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import FittedCandidate


@dataclass(frozen=True)
class ExportedCandidate:
    """A candidate that can be published."""

    artefact: Artefact
    files: dict[str, bytes]
    """The files of the artefact, and the pickled pipeline, by name."""
    parity: Parity | None
    """The proof; None if the pickle is served."""
    holdout: Predictions
    """The served model's predictions for the holdout."""
    validation: Predictions
    """The served model's predictions for validation."""
    servable: Servable
    """The served model."""
    notes: tuple[str, ...] = ()
    """Differences from the fitted pipeline, for people."""

    @property
    def digest(self) -> str:
        """The artefact's digest."""
        return compute_digest(self.files[ARTEFACT])


def export_candidate(
    fitted: FittedCandidate, schema: DataSchema, splits: Splits, *, allow_joblib: bool
) -> ExportedCandidate:
    """Export to ONNX with proof. If that fails and *allow_joblib* is true, export a pickle.

    Raises ExportError if neither is possible.
    """
    pickled = pickle_pipeline(fitted.pipeline)
    reference = _reference(fitted, schema, splits)
    try:
        exported = _export_onnx(reference, pickled)
    except (ExportError, ServableError) as error:
        if not allow_joblib and isinstance(error, RowDependenceError):
            raise  # a pickle would give a row another answer in each request
        if not allow_joblib:
            raise ExportError(
                f"{error}; to serve it as a pickle, which is code, set ALLOW_JOBLIB=true for "
                "trainer, gatekeeper and predictor"
            ) from error
        exported = _export_joblib(reference, pickled)
    return replace(exported, notes=reference.spellings.notes)


def load_converters() -> None:
    """Import the converters ahead of their use; this takes as long as a small fit."""
    import trainer.conversion.to_onnx  # noqa: F401, PLC0415 - cached from now on


@dataclass(frozen=True)
class _Reference:
    """The pipeline's predictions, which an exported model must reproduce."""

    pipeline: PipelineServable
    schema: DataSchema
    holdout: Rows
    others: tuple[Rows, ...]
    """Validation, and rows with missing values and unseen categories."""
    predictions: Predictions
    """For the holdout, then for the others."""
    scale: TargetScale | None
    """The scale of the target; None for a classifier."""
    generated: GeneratedProof
    spellings: NewSpellings


def _reference(fitted: FittedCandidate, schema: DataSchema, splits: Splits) -> _Reference:
    """Run the pipeline; raise ExportError if it fails on rows that the schema allows."""
    pipeline = PipelineServable(fitted.pipeline, schema, fitted.own_indices)
    holdout, validation = splits.holdout.rows, splits.validation.rows
    predictions = _concatenate(pipeline.predict(holdout), fitted.validation)
    gaps = make_gap_rows(holdout, schema.features)
    scale = None if schema.classes else measure_target_scale(splits.targets)
    generated = GeneratedProof(pipeline, splits.train.rows, scale)
    others: tuple[Rows, ...] = (validation,)
    if len(gaps):
        predictions = _concatenate(predictions, _predict_gaps(pipeline, gaps))
        others = (validation, gaps)
    spellings = _read_spellings(pipeline, schema, holdout)
    return _Reference(pipeline, schema, holdout, others, predictions, scale, generated, spellings)


def _predict_gaps(pipeline: PipelineServable, gaps: Rows) -> Predictions:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the gaps have unseen categories on purpose
            return pipeline.predict(gaps)
    except Exception as error:  # an estimator may raise anything
        raise ExportError(
            "it fails on rows with missing values or unseen categories, which /predict accepts "
            f"({describe_error(error)}); use a SimpleImputer for missing values, and set "
            'handle_unknown of encoders, such as OneHotEncoder(handle_unknown="ignore")'
        ) from error


def _read_spellings(pipeline: PipelineServable, schema: DataSchema, rows: Rows) -> NewSpellings:
    from trainer.conversion.functions.own_types import find_own_types  # noqa: PLC0415 - as below

    if not find_own_types(pipeline.pipeline):
        return NewSpellings({})
    return read_new_spellings(pipeline, schema, rows)


def _export_onnx(reference: _Reference, pickled: bytes) -> ExportedCandidate:
    """Export with the first precision that can be proved; raise the first error if none can."""
    from trainer.conversion.functions.guards import Refused  # noqa: PLC0415 - as below
    from trainer.conversion.functions.own_types import find_own_types  # noqa: PLC0415 - as below
    from trainer.conversion.to_onnx import suitable_precisions  # noqa: PLC0415 - see load_converters

    errors = list[Exception]()
    pipeline, schema = reference.pipeline.pipeline, reference.schema
    guards = list(Refused) if find_own_types(pipeline) else [Refused.INFINITE]
    for precision in suitable_precisions(pipeline, needs_float64=schema.needs_float64):
        for refused in guards:
            try:
                return _export_with(precision, refused, reference, pickled)
            except (ExportError, ServableError) as error:
                errors.append(error)
    raise errors[0]


def _export_with(
    precision: Any, refused: Any, reference: _Reference, pickled: bytes
) -> ExportedCandidate:
    from trainer.conversion.to_onnx import to_onnx  # noqa: PLC0415 - see load_converters

    pipeline, schema = reference.pipeline, reference.schema
    has_probabilities = pipeline.has_probabilities
    model = to_onnx(
        pipeline.pipeline,
        schema,
        precision,
        has_probabilities=has_probabilities,
        refused=refused,
        own_indices=pipeline.own_indices,
    )
    described = Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, model)
    draft = _draft(reference, described, precision.number_type)
    servable = OnnxServable(model, draft)
    holdout = predict_in_batches(servable, reference.holdout)
    others = [predict_in_batches(servable, rows) for rows in reference.others]
    predictions = functools.reduce(_concatenate, others, holdout)
    parity = prove_parity(reference.scale, reference.predictions, predictions)
    parity = reference.generated.extend(parity, servable)
    files = {ONNX_MODEL: model, JOBLIB_MODEL: pickled}
    exported = ExportedCandidate(draft, files, parity, holdout, others[0], servable)
    return _with_golden_rows(exported, reference)


def _export_joblib(reference: _Reference, pickled: bytes) -> ExportedCandidate:
    if reference.pipeline.own_indices is not None:
        raise ExportError(
            "its classes have another order than those of the data, which a pickle cannot change; "
            "leave TRAINER_POSITIVE_LABEL and CLASSES unset, or export the model to ONNX yourself"
        )
    described = Descriptor.describe(JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, pickled)
    draft = _draft(reference, described, "float64")
    servable = JoblibServable(pickled, draft)
    holdout = predict_in_batches(servable, reference.holdout)
    validation = predict_in_batches(servable, reference.others[0])
    files = {JOBLIB_MODEL: pickled}
    exported = ExportedCandidate(draft, files, None, holdout, validation, servable)
    return _with_golden_rows(exported, reference)


def _draft(reference: _Reference, model: Descriptor, number_type: NumberType) -> Artefact:
    """Return an artefact without golden rows, which is enough to run the model."""
    from trainer.conversion.thresholds import describe_threshold  # noqa: PLC0415 - as above

    return Artefact(
        task=reference.schema.task,
        features=reference.spellings.add_forms(reference.schema.features),
        classes=reference.schema.classes,
        has_probabilities=reference.pipeline.has_probabilities,
        number_type=number_type,
        missing_values=reference.schema.missing_values,
        threshold=describe_threshold(reference.pipeline.pipeline, reference.pipeline.own_classes),
        model=model,
        golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
    )


def _with_golden_rows(draft: ExportedCandidate, reference: _Reference) -> ExportedCandidate:
    """Add golden rows to the artefact of *draft*, and the files of both."""
    rows = reference.holdout[choose_golden_rows(draft.holdout, len(draft.artefact.classes))]
    golden = record_golden_rows(rows, draft.servable.predict(rows), reference.scale).encode()
    descriptor = Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden)
    artefact = draft.artefact.model_copy(update={"golden": descriptor})
    files = {ARTEFACT: artefact.encode(), GOLDEN: golden, **draft.files}
    return replace(draft, artefact=artefact, files=files)


def _concatenate(first: Predictions, second: Predictions) -> Predictions:
    """Join two predictions."""
    values = np.concatenate((first.values, second.values))
    if first.probabilities is None or second.probabilities is None:
        return Predictions(values, None)
    return Predictions(values, np.concatenate((first.probabilities, second.probabilities)))
