"""The rule about what models run in: here, and in every live predictor worker."""

import re
from collections.abc import Mapping

from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.serving_cost import Opset
from gatekeeper.policy.submission_checks import RUNTIME
from shared.contract.documents import JOBLIB_MEDIA_TYPE, CheckResult
from shared.runtime_versions import NUMPY, ONNXRUNTIME, PYTHON, SCIKIT_LEARN

_OF_A_PICKLE = (PYTHON, SCIKIT_LEARN, NUMPY)
_MOST = 80
"""Characters of a version that somebody else wrote."""


def check_runtime(facts: Facts) -> CheckResult | None:
    """A pickle meets the versions that it was made with, ONNX an onnxruntime that is new enough."""
    artefact, manifest = facts.submission.artefact, facts.submission.manifest
    if artefact is None or manifest is None or facts.challenger is None:
        return None
    if artefact.model.media_type == JOBLIB_MEDIA_TYPE:
        return _check_pickle(facts, manifest.versions)
    opsets = facts.challenger.serving.opsets
    return _check_opsets(facts, opsets) if opsets else None


def _check_pickle(facts: Facts, made_with: Mapping[str, str]) -> CheckResult:
    message = _different(made_with, facts.runtimes.gatekeeper, "the gatekeeper")
    for worker, versions in facts.runtimes.workers.items():
        message = message or _different(made_with, versions, f"worker {worker}")
    return _check(
        {name: made_with[name][:_MOST] for name in _OF_A_PICKLE if name in made_with},
        {name: facts.runtimes.gatekeeper.get(name) for name in _OF_A_PICKLE},
        message,
        f"It was pickled with the Python, scikit-learn and numpy of {_everybody(facts)}.",
    )


def _different(made_with: Mapping[str, str], versions: Mapping[str, str], who: str) -> str:
    for name in _OF_A_PICKLE:
        made, found = made_with.get(name, "an unknown version")[:_MOST], versions.get(name, "none")
        is_same = _release(made) == _release(found) if name == PYTHON else made == found
        if not is_same:
            return (
                f"It was pickled with {name} {made}, and {who} has {found:.{_MOST}}. A pickle is "
                "only sure to answer the same with the versions that it was made with: install "
                "the same release of Modelgate for all services and train again, or serve ONNX."
            )
    return ""


def _check_opsets(facts: Facts, opsets: tuple[Opset, ...]) -> CheckResult:
    ours, message = facts.runtimes.gatekeeper.get(ONNXRUNTIME, ""), ""
    for opset in opsets:
        if opset.version > opset.newest and not message:
            message = (
                f"It needs version {opset.version} of the operators {opset.domain!r}; onnxruntime "
                f"{ours} runs up to {opset.newest}. Export it with an older target_opset."
            )
    for worker, versions in facts.runtimes.workers.items():
        theirs = versions.get(ONNXRUNTIME, "none")
        if _release(theirs) < _release(ours) and not message:
            message = (
                f"It was tried with onnxruntime {ours}, and worker {worker} has {theirs:.{_MOST}}, "
                "which need not run what a newer one does: update the predictor, then train again."
            )
    return _check(
        {opset.domain: opset.version for opset in opsets},
        {opset.domain: opset.newest for opset in opsets},
        message,
        f"Its operators are supported by onnxruntime {ours} of {_everybody(facts)}.",
    )


def _release(version: str) -> tuple[int, int]:
    """Major and minor; less than any other where it is no version."""
    found = re.match(r"(\d{1,9})\.(\d{1,9})", version)
    return (int(found[1]), int(found[2])) if found else (-1, -1)


def _everybody(facts: Facts) -> str:
    count = len(facts.runtimes.workers)
    if not count:
        return "the gatekeeper; no live worker says what it has"
    return f"the gatekeeper and {count} live worker{'s' if count > 1 else ''}"


def _check(observed: object, required: object, error: str, message: str) -> CheckResult:
    return CheckResult(
        name=RUNTIME,
        passed=not error,
        observed=observed,
        required=required,
        message=error or message,
    )
