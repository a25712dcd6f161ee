"""The check that the gatekeeper and every live predictor worker have a suitable runtime.

A pickle needs the versions that made it. ONNX needs an onnxruntime that is new enough.
"""

import re
from collections.abc import Mapping

from gatekeeper.evidence.evaluation_messages import Opset
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import JOBLIB_MEDIA_TYPE
from shared.runtime_versions import MODELGATE, NUMPY, ONNXRUNTIME, PYTHON, SCIKIT_LEARN

_PICKLE_VERSIONS = (PYTHON, SCIKIT_LEARN, NUMPY)
_LONGEST_VERSION = 80
"""Most characters of a version, which other programs write."""


def _judge(facts: Facts, _: GatePolicy) -> Ruling | None:
    artefact, manifest = facts.submission.artefact, facts.submission.manifest
    if artefact is None or manifest is None or facts.challenger is None:
        return None
    if artefact.model.media_type == JOBLIB_MEDIA_TYPE:
        return _judge_pickle(facts, manifest.versions)
    opsets = facts.challenger.serving.opsets
    return _judge_opsets(facts, opsets) if opsets else None


def _judge_pickle(facts: Facts, made_with: Mapping[str, str]) -> Ruling:
    ours = facts.runtimes.gatekeeper
    error = _find_difference(made_with, ours, "the gatekeeper")
    for worker, versions in facts.runtimes.workers.items():
        error = error or _find_difference(made_with, versions, f"worker {worker}")
    error = error or _find_old_worker(facts)
    return Ruling(
        passed=not error,
        message=error
        or "The model was pickled with the Python, scikit-learn and numpy of "
        f"{_list_runtimes(facts)}.",
        observed={
            name: made_with[name][:_LONGEST_VERSION]
            for name in _PICKLE_VERSIONS
            if name in made_with
        },
        required={name: ours.get(name) for name in _PICKLE_VERSIONS},
    )


def _find_difference(made_with: Mapping[str, str], versions: Mapping[str, str], who: str) -> str:
    for name in _PICKLE_VERSIONS:
        made = made_with.get(name, "an unknown version")[:_LONGEST_VERSION]
        found = versions.get(name, "none")
        is_same = _release(made) == _release(found) if name == PYTHON else made == found
        if not is_same:
            return (
                f"The model was pickled with {name} {made}, and {who} has "
                f"{found:.{_LONGEST_VERSION}}. A pickle predicts the same only with the versions "
                "that made it. Install the same release of Modelgate for all services and train "
                "again, or serve ONNX."
            )
    return ""


def _find_old_worker(facts: Facts) -> str:
    """Return an error if the model reads float64, which releases up to 0.1.0 do not pass to it."""
    artefact = facts.submission.artefact
    if artefact is None or artefact.number_type == "float32":
        return ""
    for worker, versions in facts.runtimes.workers.items():
        if MODELGATE not in versions:  # these releases do not report themselves
            return (
                f"The model reads float64, but worker {worker} is of an older release of "
                "Modelgate, which passes float32 only. Update the predictor, then train again."
            )
    return ""


def _judge_opsets(facts: Facts, opsets: tuple[Opset, ...]) -> Ruling:
    ours, error = facts.runtimes.gatekeeper.get(ONNXRUNTIME, ""), ""
    for opset in opsets:
        if opset.version > opset.newest and not error:
            error = (
                f"The model needs version {opset.version} of the operators {opset.domain!r}; "
                f"onnxruntime {ours} runs up to {opset.newest}. Export it with an older "
                "target_opset."
            )
    for worker, versions in facts.runtimes.workers.items():
        theirs = versions.get(ONNXRUNTIME, "none")
        if _release(theirs) < _release(ours) and not error:
            error = (
                f"The model was tested with onnxruntime {ours}, but worker {worker} has the older "
                f"{theirs:.{_LONGEST_VERSION}}. Update the predictor, then train again."
            )
    error = error or _find_old_worker(facts)
    return Ruling(
        passed=not error,
        message=error
        or f"Its operators are supported by onnxruntime {ours} of {_list_runtimes(facts)}.",
        observed={opset.domain: opset.version for opset in opsets},
        required={opset.domain: opset.newest for opset in opsets},
    )


def _release(version: str) -> tuple[int, int]:
    """Return the major and minor version; for other texts less than for any version."""
    found = re.match(r"(\d{1,9})\.(\d{1,9})", version)
    return (int(found[1]), int(found[2])) if found else (-1, -1)


def _list_runtimes(facts: Facts) -> str:
    count = len(facts.runtimes.workers)
    if not count:
        return "the gatekeeper; no live worker reports its versions"
    return f"the gatekeeper and {count} live worker{'s' if count > 1 else ''}"


RUNTIME_SUPPORTED = Check(
    id="runtime-supported", title="runtimes can serve the model", judge=_judge
)
