"""The checks of the cost of serving: each passes, and each refuses."""

import pytest

from gatekeeper.evidence.evaluation_messages import ScoringResult, ServingCost, ServingProfile
from gatekeeper.evidence.facts import Facts, Submission
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.layout import ARTEFACT
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

MODEL = toy_model()
MANIFEST = toy_candidate(MODEL, correct=9).manifest
COST = ServingCost(load_seconds=0.5, p95_ms=2.0, calls=60, memory_mib=100.0)
POLICY = GatePolicy(metric="accuracy")
SIZE_MIB = sum(len(data) for data in MODEL.files.values()) / (1 << 20)
LIMITED = POLICY.model_copy(
    update={
        "max_load_seconds": 0.5,
        "max_p95_ms": 2.0,
        "max_memory_mib": 100.0,
        "max_size_mib": SIZE_MIB,
    }
)
NAMES = ["load-time-limit", "p95-latency-limit", "memory-limit", "size-limit"]


def facts(cost: ServingCost | None = COST) -> Facts:
    submission = Submission("x", MANIFEST, MODEL.artefact)
    return Facts(submission, ScoringResult(0.9, serving=ServingProfile(cost=cost)))


def checks(found: Facts, policy: GatePolicy = POLICY) -> dict[str, CheckResult]:
    return {check.name: check for check in judge(found, policy).checks if check.name in NAMES}


def test_each_cost_is_recorded_without_a_limit() -> None:
    found = checks(facts())
    assert [found[name].observed for name in NAMES] == [0.5, 2.0, 100.0, SIZE_MIB]
    assert all(check.passed and check.required is None for check in found.values())
    assert found["p95-latency-limit"].message == (
        "The model predicts one row in 2 ms (95th percentile of 60 calls)."
    )


def test_costs_equal_to_their_limits_pass() -> None:
    found = checks(facts(), LIMITED)
    assert [found[name].required for name in NAMES] == [0.5, 2.0, 100.0, SIZE_MIB]
    assert judge(facts(), LIMITED).outcome == "promoted"


@pytest.mark.parametrize(
    ("policy", "name", "said"),
    [
        (
            LIMITED.model_copy(update={"max_load_seconds": 0.4}),
            "load-time-limit",
            "0.4. See GATEKEEPER_MAX_LOAD_SECONDS",
        ),
        (
            LIMITED.model_copy(update={"max_p95_ms": 1.9}),
            "p95-latency-limit",
            "1.9. See GATEKEEPER_MAX_P95_MS",
        ),
        (
            LIMITED.model_copy(update={"max_memory_mib": 99.0}),
            "memory-limit",
            "99. See GATEKEEPER_MAX_MEMORY_MIB",
        ),
        (
            LIMITED.model_copy(update={"max_size_mib": 1e-4}),
            "size-limit",
            "0.0001. See GATEKEEPER_MAX_SIZE_MIB",
        ),
    ],
)
def test_each_cost_above_its_limit_refuses(policy: GatePolicy, name: str, said: str) -> None:
    verdict = judge(facts(), policy)
    assert verdict.outcome == "refused"
    (check,) = [check for check in verdict.checks if not check.passed]
    assert check.name == name
    assert f"the limit is {said}" in check.message


def test_without_measurements_only_the_size_is_checked() -> None:
    assert checks(facts(None), LIMITED).keys() == {"size-limit"}


def test_unknown_memory_is_not_within_any_limit() -> None:
    unknown = facts(COST.model_copy(update={"memory_mib": None}))
    assert checks(unknown)["memory-limit"].passed
    refused = checks(unknown, POLICY.model_copy(update={"max_memory_mib": 1e6}))["memory-limit"]
    assert (refused.passed, refused.observed) == (False, None)
    assert "does not report" in refused.message


def test_the_size_is_that_of_the_files_that_predictors_read() -> None:
    message = checks(facts())["size-limit"].message
    assert f"({sum(map(len, MODEL.files.values()))} bytes)" in message
    assert set(MODEL.files) < {file.name for file in MANIFEST.files} | {ARTEFACT}
