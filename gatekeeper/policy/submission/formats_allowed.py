"""The check that every file has a known name and type, and that the model may be loaded."""

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import (
    HTML_MEDIA_TYPE,
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    ROWS_MEDIA_TYPE,
)
from shared.contract.layout import (
    ARTEFACT,
    GOLDEN,
    HOLDOUT,
    JOBLIB_MODEL,
    ONNX_MODEL,
    REFERENCE,
    REPORT,
    REPORT_PAGE,
    ROWS,
)

MEDIA_TYPES = {
    ARTEFACT: JSON_MEDIA_TYPE,
    GOLDEN: JSON_MEDIA_TYPE,
    HOLDOUT: NPZ_MEDIA_TYPE,
    ROWS: ROWS_MEDIA_TYPE,
    ONNX_MODEL: ONNX_MEDIA_TYPE,
    JOBLIB_MODEL: JOBLIB_MEDIA_TYPE,
    REFERENCE: JSON_MEDIA_TYPE,
    REPORT: JSON_MEDIA_TYPE,
    REPORT_PAGE: HTML_MEDIA_TYPE,
}
"""The type of each file that a candidate may have beside its manifest."""


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    submission = facts.submission
    if submission.manifest is None or check_ids.MANIFEST_VALID in submission.errors:
        return None
    files, message = submission.manifest.files, ""
    observed = sorted({file.media_type for file in files})[:8]
    required = sorted(set(MEDIA_TYPES.values()))
    for file in files:
        if MEDIA_TYPES.get(file.name) != file.media_type:
            message = f"A candidate cannot have a file {file.name} of type {file.media_type}."
    if submission.artefact and not message:
        served = submission.artefact.model.media_type
        observed, required = [served], policy.served_types
        if served not in required:
            message = f"The served model is {served}; allowed is {' or '.join(required)}."
        if served == JOBLIB_MEDIA_TYPE and message:
            message += " A pickle runs code: ALLOW_JOBLIB=true on all services accepts it."
    return Ruling(
        passed=not message,
        message=message or "Every file has a known name and an allowed type.",
        observed=observed,
        required=required,
    )


FORMATS_ALLOWED = Check(id="formats-allowed", title="file formats are allowed", judge=_judge)
