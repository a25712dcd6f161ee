"""Export a wrapped model as an artefact: with its proof, golden rows and schema."""

from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
)
from shared.contract.layout import ARTEFACT, GOLDEN, ONNX_MODEL
from shared.inference.golden_rows import record_golden_rows
from shared.inference.servable import Rows
from shared.inference.target_scale import measure_target_scale
from shared.scoring.truth import Truth
from trainer.brought_models.model_process import ModelProcess, WrappedModel
from trainer.brought_models.proof import prove_wrapping
from trainer.dataset.dataset import DataSchema
from trainer.export.export import ExportedCandidate
from trainer.export.golden_rows import choose_golden_rows


def export_wrapped(
    process: ModelProcess, wrapped: WrappedModel, schema: DataSchema, holdout: Rows, target: Truth
) -> ExportedCandidate:
    """Return a candidate that can be published. Its servable is *process*.

    *target* has the targets of all rows. Raises UnfitModelError if the proof fails.
    """
    scale = None if schema.classes else measure_target_scale(target)
    parity, answers = prove_wrapping(process, schema.features, holdout, scale)
    rows = holdout[choose_golden_rows(answers, len(schema.classes))]
    golden = record_golden_rows(rows, process.predict(rows), scale).encode()
    artefact = Artefact(
        task=schema.task,
        features=schema.features,
        classes=schema.classes,
        has_probabilities=wrapped.has_probabilities,
        number_type=wrapped.number_type,
        missing_values=schema.missing_values,
        model=Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, wrapped.model),
        golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden),
    )
    files = {ARTEFACT: artefact.encode(), GOLDEN: golden, ONNX_MODEL: wrapped.model}
    return ExportedCandidate(artefact, files, parity, answers, answers, process)
