"""A pickle needs the versions that made it; ONNX needs a new onnxruntime."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from gatekeeper.evidence.evaluation_messages import Opset, ScoringResult, ServingProfile
from gatekeeper.evidence.facts import Facts, Runtimes, Submission
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import JOBLIB_MEDIA_TYPE, Descriptor
from shared.contract.layout import JOBLIB_MODEL
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

MODEL = toy_model()
MANIFEST = toy_candidate(MODEL, correct=9).manifest
POLICY = GatePolicy(metric="accuracy", allow_joblib=True)
OLD = {"python": "3.13.1", "scikit-learn": "1.9.1", "numpy": "2.4.0", "onnxruntime": "1.32.0"}
HERE = {"modelgate": "0.2.0", **OLD}
OPSETS = (
    Opset(domain="ai.onnx", version=17, newest=28),
    Opset(domain="ai.onnx.ml", version=5, newest=5),
)


def in_onnx(*opsets: Opset, workers: Mapping[str, Mapping[str, str]] | None = None) -> Facts:
    submission = Submission("x", MANIFEST, MODEL.artefact)
    evaluation = ScoringResult(0.9, serving=ServingProfile(opsets=opsets or OPSETS))
    return Facts(submission, evaluation, runtimes=Runtimes(HERE, workers or {}))


def pickled(
    made_with: Mapping[str, str], workers: Mapping[str, Mapping[str, str]] | None = None
) -> Facts:
    model = Descriptor.describe(JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, b"")
    artefact = MODEL.artefact.model_copy(update={"model": model})
    manifest = MANIFEST.model_copy(update={"versions": made_with})
    return replace(
        in_onnx(workers=workers),
        submission=Submission("x", manifest, artefact),
        challenger=ScoringResult(0.9),
    )


def passes(facts: Facts) -> CheckResult:
    verdict = judge(facts, POLICY)
    assert verdict.outcome == "promoted"
    return next(check for check in verdict.checks if check.name == "runtime-supported")


def refusal(facts: Facts) -> str:
    """Return the message of the only check that failed."""
    verdict = judge(facts, POLICY)
    assert verdict.outcome == "refused"
    (check,) = [check for check in verdict.checks if not check.passed]
    assert check.name == "runtime-supported"
    return check.message


def test_operators_that_onnxruntime_supports_pass() -> None:
    check = passes(in_onnx(workers={"a": HERE, "b": {**HERE, "onnxruntime": "2.0.1"}}))
    assert check.observed == {"ai.onnx": 17, "ai.onnx.ml": 5}
    assert check.required == {"ai.onnx": 28, "ai.onnx.ml": 5}
    assert check.message.endswith("onnxruntime 1.32.0 of the gatekeeper and 2 live workers.")


def test_operators_that_onnxruntime_lacks_are_refused() -> None:
    message = refusal(in_onnx(Opset(domain="ai.onnx", version=29, newest=28)))
    assert "version 29 of the operators 'ai.onnx'; onnxruntime 1.32.0 runs up to 28" in message


@pytest.mark.parametrize("version", ["1.31.9", "0.99.0", "none of yours"])
def test_a_worker_with_an_older_onnxruntime_refuses(version: str) -> None:
    message = refusal(in_onnx(workers={"a": HERE, "b": {**HERE, "onnxruntime": version}}))
    assert f"tested with onnxruntime 1.32.0, but worker b has the older {version}" in message


def test_patch_versions_of_onnxruntime_are_compatible() -> None:
    passes(in_onnx(workers={"a": {**HERE, "onnxruntime": "1.32.3"}}))
    passes(replace(in_onnx(workers={"a": HERE}), runtimes=Runtimes(HERE, {"a": HERE})))


def reading_float64(facts: Facts) -> Facts:
    assert facts.submission.artefact is not None
    artefact = facts.submission.artefact.model_copy(update={"number_type": "float64"})
    return replace(facts, submission=replace(facts.submission, artefact=artefact))


@pytest.mark.parametrize("make", [in_onnx, lambda workers: pickled(HERE, workers)])
def test_a_worker_that_passes_float32_only_refuses_a_model_that_reads_float64(
    make: Callable[..., Facts],
) -> None:
    passes(reading_float64(make(workers={"a": HERE})))
    passes(make(workers={"a": HERE, "b": OLD}))
    message = refusal(reading_float64(make(workers={"a": HERE, "b": OLD})))
    assert "reads float64, but worker b is of an older release of Modelgate" in message


def test_without_known_operators_the_check_does_not_run() -> None:
    facts = replace(in_onnx(), challenger=ScoringResult(0.9))
    assert "runtime-supported" not in {check.name for check in judge(facts, POLICY).checks}


def test_a_pickle_of_the_same_versions_passes() -> None:
    check = passes(pickled(HERE, {"a": HERE}))
    assert check.observed == check.required
    assert "onnxruntime" not in check.observed
    assert check.message.endswith("of the gatekeeper and 1 live worker.")


def test_the_message_says_if_no_worker_reports_versions() -> None:
    assert "no live worker reports" in passes(pickled(HERE)).message


def test_patch_versions_of_python_are_compatible() -> None:
    passes(pickled({**HERE, "python": "3.13.9"}, {"a": {**HERE, "python": "3.13.0"}}))


@pytest.mark.parametrize(
    ("name", "version"), [("python", "3.12.1"), ("scikit-learn", "1.9.0"), ("numpy", "2.4.1")]
)
def test_a_pickle_of_another_version_is_refused(name: str, version: str) -> None:
    message = refusal(pickled({**HERE, name: version}, {"a": HERE}))
    assert f"pickled with {name} {version}, and the gatekeeper has {HERE[name]}" in message


@pytest.mark.parametrize("name", ["python", "scikit-learn", "numpy"])
def test_a_worker_of_another_version_refuses(name: str) -> None:
    message = refusal(pickled(HERE, {"a": HERE, "b": {**HERE, name: "0.1"}}))
    assert f"pickled with {name} {HERE[name]}, and worker b has 0.1" in message


def test_a_worker_without_scikit_learn_refuses_a_pickle() -> None:
    without = {name: version for name, version in HERE.items() if name != "scikit-learn"}
    assert "worker a has none" in refusal(pickled(HERE, {"a": without}))


def test_a_pickle_without_recorded_versions_is_refused() -> None:
    assert "pickled with python an unknown version" in refusal(pickled({}))
