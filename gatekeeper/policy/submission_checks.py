"""The rules about what was handed in, one function each: facts in, a check out.

A check that cannot run, because one before it has failed, is None: the failed one says why.
"""

from gatekeeper.evidence.facts import Facts, GatePolicy, Submission
from shared.contract.documents import (
    HTML_MEDIA_TYPE,
    JOBLIB_MEDIA_TYPE,
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    ROWS_MEDIA_TYPE,
    CheckResult,
)
from shared.contract.layout import (
    ARTEFACT,
    FORMAT_VERSION,
    GOLDEN,
    HOLDOUT,
    JOBLIB_MODEL,
    ONNX_MODEL,
    REPORT,
    REPORT_PAGE,
    ROWS,
)

SIGNED = "manifest signed by a known trainer"
MANIFEST_VALID = "manifest valid"
BYTES = "bytes match descriptors"
FORMATS = "formats allowed"
METRIC = "metric is the gatekeeper's"
SCHEMA = "schema compatible"
CLAIM = "claimed holdout score reproduced"
LOADS = "loads and answers golden rows"
FLOOR = "metric clears the floor"
MIN_ROWS = "holdout has enough rows"
VARIES = "answers differ between rows"
RECALLS = "recall of every class clears its floor"
SLICES = "no slice worse than allowed"
LOAD_TIME = "loads within its time"
ANSWER_TIME = "answers one row within its time"
MEMORY = "memory within its limit"
SIZE = "size within its limit"
RUNTIME = "runtime can serve it"
UNSEEN = "holdout unseen by both models"
KEPT = "holdout kept, or said to be new"
CHANCE = "difference is not chance"
APPROVED = "approved by a person"
COMPARISON = "metric not below the champion's by more than allowed"

MEDIA_TYPES = {
    ARTEFACT: JSON_MEDIA_TYPE,
    GOLDEN: JSON_MEDIA_TYPE,
    HOLDOUT: NPZ_MEDIA_TYPE,
    ROWS: ROWS_MEDIA_TYPE,
    ONNX_MODEL: ONNX_MEDIA_TYPE,
    JOBLIB_MODEL: JOBLIB_MEDIA_TYPE,
    REPORT: JSON_MEDIA_TYPE,
    REPORT_PAGE: HTML_MEDIA_TYPE,
}
"""All files that a candidate may hold beside its manifest, and what each of them is."""


def check_signed(submission: Submission, rules: GatePolicy) -> CheckResult | None:
    """The manifest is what one of the trainers that are known has signed, byte for byte."""
    error = submission.errors.get(SIGNED, "")
    if not (submission.signed_by or error):
        return None
    return CheckResult(
        name=SIGNED,
        passed=not error,
        observed=submission.signed_by,
        required=list(rules.trainer_keys),
        message=error or "The manifest is signed by a known trainer.",
    )


def check_manifest(submission: Submission) -> CheckResult | None:
    """The manifest can be read, and what it says can be kept in the log."""
    if SIGNED in submission.errors:
        return None
    error = submission.errors.get(MANIFEST_VALID, "")
    return CheckResult(
        name=MANIFEST_VALID,
        passed=not error,
        observed=submission.manifest.format_version if submission.manifest else None,
        required=FORMAT_VERSION,
        message=error or "The manifest is valid.",
    )


def check_bytes(submission: Submission) -> CheckResult | None:
    """Every described file is there, whole, and no other is."""
    error = submission.errors.get(BYTES, "")
    if submission.manifest is None or not (submission.artefact or error):
        return None
    described = len(submission.manifest.files)
    return CheckResult(
        name=BYTES,
        passed=not error,
        observed=None if error else described,
        required=described,
        message=error or f"All {described} files are what their descriptors say.",
    )


def served_types(rules: GatePolicy) -> list[str]:
    """The media types that a served model may have."""
    return [ONNX_MEDIA_TYPE, *([JOBLIB_MEDIA_TYPE] if rules.allow_joblib else [])]


def check_formats(submission: Submission, rules: GatePolicy) -> CheckResult | None:
    """Every file has a known name and type, and the served model one that may be loaded."""
    if submission.manifest is None or MANIFEST_VALID in submission.errors:
        return None
    files, message = submission.manifest.files, ""
    observed = sorted({file.media_type for file in files})[:8]
    required = sorted(set(MEDIA_TYPES.values()))
    for file in files:
        if MEDIA_TYPES.get(file.name) != file.media_type:
            message = f"A candidate has no file {file.name} of type {file.media_type}."
    if submission.artefact and not message:
        served = submission.artefact.model.media_type
        observed, required = [served], served_types(rules)
        if served not in required:
            message = f"The served model is {served}; allowed is {' or '.join(required)}."
        if served == JOBLIB_MEDIA_TYPE and message:
            message += " A pickle runs code: ALLOW_JOBLIB=true on all services accepts it."
    return CheckResult(
        name=FORMATS,
        passed=not message,
        observed=observed,
        required=required,
        message=message or "Every file has a known name and an allowed type.",
    )


def check_metric(submission: Submission, rules: GatePolicy) -> CheckResult | None:
    """Trainer and gatekeeper go by the same metric."""
    if submission.manifest is None:
        return None
    same = submission.manifest.metric == rules.metric
    return CheckResult(
        name=METRIC,
        passed=same,
        observed=submission.manifest.metric,
        required=rules.metric,
        message=f"The candidate was selected by {submission.manifest.metric}"
        + ("." if same else f"; the gatekeeper decides by {rules.metric}. Set one METRIC for all."),
    )


def check_loads(facts: Facts) -> CheckResult | None:
    """The model loads, within its limits, and computes what it computed where it was made."""
    if facts.challenger is None:
        return None
    error = facts.challenger.errors.get(LOADS, "")
    if not error and SCHEMA in facts.challenger.errors:
        return None
    return CheckResult(
        name=LOADS,
        passed=not error,
        observed="failed" if error else "reproduced",
        required="reproduced",
        message=error or "The model loads and reproduces its golden rows.",
    )
