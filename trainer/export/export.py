"""From a fitted candidate to an artefact: the served model, its proof and its golden rows."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np

from shared.contract.documents import (
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
    Parity,
    compute_digest,
)
from shared.contract.layout import ARTEFACT, GOLDEN, JOBLIB_MODEL, ONNX_MODEL
from shared.errors import ExportError, ServableError
from shared.inference.golden_rows import record_golden_rows
from shared.inference.joblib_servable import JoblibServable
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Predictions, Rows, Servable, predict_in_batches
from trainer.candidates.estimator_text import describe_error
from trainer.dataset.schema import DataSchema
from trainer.dataset.split import Splits
from trainer.export.golden_rows import choose_golden_rows
from trainer.export.parity import prove_parity
from trainer.export.probe_rows import make_probe_rows
from trainer.fitting.pipeline_servable import PipelineServable
from trainer.fitting.trial import FittedCandidate


@dataclass(frozen=True)
class ExportedCandidate:
    """One candidate, ready to be published."""

    artefact: Artefact
    files: dict[str, bytes]
    """The artefact's files and the pickled pipeline, by name."""
    parity: Parity | None
    """The proof, or None where the pickle itself is served."""
    holdout: Predictions
    """What the served model answers on the holdout."""
    servable: Servable
    """The served model itself."""

    @property
    def digest(self) -> str:
        """The artefact's digest."""
        return compute_digest(self.files[ARTEFACT])


def export_candidate(
    fitted: FittedCandidate, schema: DataSchema, parts: Splits, *, allow_joblib: bool
) -> ExportedCandidate:
    """Export to ONNX with proof, or, only where that fails and with *allow_joblib*, as a pickle.

    Raises ExportError.
    """
    pickled = _pickle(fitted.pipeline)
    expected = _reference(fitted, schema, parts)
    try:
        return _export_onnx(expected, pickled)
    except (ExportError, ServableError) as error:
        if not allow_joblib:
            raise ExportError(
                f"{error}; ALLOW_JOBLIB=true on trainer, gatekeeper and predictor would serve it "
                "as a pickle, which is code"
            ) from error
    return _export_joblib(expected, pickled)


def load_converters() -> None:
    """Import what converts to ONNX, which takes as long as a fit on a small data set."""
    import trainer.conversion.to_onnx  # noqa: F401, PLC0415 - later this costs nothing any more


@dataclass(frozen=True)
class _Reference:
    """What the pipeline answers, to which an exported model is held."""

    pipeline: PipelineServable
    schema: DataSchema
    holdout: Rows
    others: tuple[Rows, ...]
    """Validation, and rows with missing values and unseen texts."""
    answers: Predictions
    """To the holdout, then to the others."""


def _reference(fitted: FittedCandidate, schema: DataSchema, parts: Splits) -> _Reference:
    """Raises ExportError where the pipeline fails on rows that the schema allows."""
    pipeline = PipelineServable(fitted.pipeline, schema)
    holdout, validation = parts.holdout.rows, parts.validation.rows
    answers = _concatenate(pipeline.predict(holdout), fitted.validation)
    probes = make_probe_rows(holdout, schema.features)
    if not len(probes):
        return _Reference(pipeline, schema, holdout, (validation,), answers)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a text is unknown is what is asked for
            answers = _concatenate(answers, pipeline.predict(probes))
    except Exception as error:  # an estimator may raise anything
        raise ExportError(
            "it fails on rows with missing values or unseen categories, which /predict accepts "
            f"({describe_error(error)}); put a SimpleImputer where values may be missing, and give "
            'encoders handle_unknown, such as OneHotEncoder(handle_unknown="ignore")'
        ) from error
    return _Reference(pipeline, schema, holdout, (validation, probes), answers)


def _export_onnx(expected: _Reference, pickled: bytes) -> ExportedCandidate:
    """Raises the error of the first precision where none gives a model that can be proved."""
    from trainer.conversion.to_onnx import suitable_precisions  # noqa: PLC0415 - see load_converters

    errors = list[Exception]()
    for precision in suitable_precisions(expected.pipeline.pipeline):
        try:
            return _export_with(precision, expected, pickled)
        except (ExportError, ServableError) as error:
            errors.append(error)
    raise errors[0]


def _export_with(precision: Any, expected: _Reference, pickled: bytes) -> ExportedCandidate:
    from trainer.conversion.to_onnx import to_onnx  # noqa: PLC0415 - see load_converters

    pipeline, schema = expected.pipeline, expected.schema
    has_probabilities = pipeline.has_probabilities
    model = to_onnx(pipeline.pipeline, schema, precision, has_probabilities=has_probabilities)
    draft = _draft(schema, pipeline, Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, model))
    served = _DraftModel(draft, OnnxServable(model, draft), expected.holdout)
    answers = served.holdout
    for rows in expected.others:
        answers = _concatenate(answers, predict_in_batches(served.servable, rows))
    parity = prove_parity(schema.task, expected.answers, answers)
    return served.with_golden_rows({ONNX_MODEL: model, JOBLIB_MODEL: pickled}, parity)


def _export_joblib(expected: _Reference, pickled: bytes) -> ExportedCandidate:
    model = Descriptor.describe(JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, pickled)
    draft = _draft(expected.schema, expected.pipeline, model)
    served = _DraftModel(draft, JoblibServable(pickled, draft), expected.holdout)
    return served.with_golden_rows({JOBLIB_MODEL: pickled}, None)


def _draft(schema: DataSchema, pipeline: PipelineServable, model: Descriptor) -> Artefact:
    """The artefact before its golden rows are known: enough to run the model."""
    return Artefact(
        task=schema.task,
        features=schema.features,
        classes=schema.classes,
        has_probabilities=pipeline.has_probabilities,
        model=model,
        golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
    )


class _DraftModel:
    """The model as it will be served, and its answers to the holdout."""

    def __init__(self, draft: Artefact, servable: Servable, rows: Rows) -> None:
        self._draft = draft
        self._rows = rows
        self.servable = servable
        self.holdout = predict_in_batches(servable, rows)

    def with_golden_rows(self, files: dict[str, bytes], parity: Parity | None) -> ExportedCandidate:
        """The finished artefact; *files* holds its model."""
        rows = self._rows[choose_golden_rows(self.holdout, len(self._draft.classes))]
        golden = record_golden_rows(rows, self.servable.predict(rows)).encode()
        descriptor = Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden)
        artefact = self._draft.model_copy(update={"golden": descriptor})
        return ExportedCandidate(
            artefact=artefact,
            files={ARTEFACT: artefact.encode(), GOLDEN: golden, **files},
            parity=parity,
            holdout=self.holdout,
            servable=self.servable,
        )


def _pickle(pipeline: Any) -> bytes:
    buffer = io.BytesIO()
    try:
        joblib.dump(pipeline, buffer)
    except Exception as error:  # pickling raises whatever the pickled objects raise
        raise ExportError(f"it cannot be pickled ({describe_error(error)})") from error
    return buffer.getvalue()


def _concatenate(first: Predictions, second: Predictions) -> Predictions:
    """The answers to two parts as those to one."""
    values = np.concatenate((first.values, second.values))
    if first.probabilities is None or second.probabilities is None:
        return Predictions(values, None)
    return Predictions(values, np.concatenate((first.probabilities, second.probabilities)))
