"""The rules about what serving a model takes: each alone refuses, and each passes."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Facts, GatePolicy, Submission
from gatekeeper.evidence.serving_cost import ServingCost, ServingProfile
from gatekeeper.policy.policy import judge
from gatekeeper.policy.submission_checks import ANSWER_TIME, LOAD_TIME, MEMORY, SIZE
from shared.contract.documents import CheckResult
from shared.contract.layout import ARTEFACT
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

MODEL = toy_model()
MANIFEST = toy_candidate(MODEL, correct=9).manifest
COST = ServingCost(load_seconds=0.5, p95_ms=2.0, calls=60, memory_mib=100.0)
RULES = GatePolicy(metric="accuracy")
SIZE_MIB = sum(len(data) for data in MODEL.files.values()) / (1 << 20)
LIMITED = replace(
    RULES, max_load_seconds=0.5, max_p95_ms=2.0, max_memory_mib=100.0, max_size_mib=SIZE_MIB
)
NAMES = [LOAD_TIME, ANSWER_TIME, MEMORY, SIZE]


def facts(cost: ServingCost | None = COST) -> Facts:
    submission = Submission("x", MANIFEST, MODEL.artefact)
    return Facts(submission, ScoringResult(0.9, serving=ServingProfile(cost=cost)))


def checks(found: Facts, rules: GatePolicy = RULES) -> dict[str, CheckResult]:
    return {check.name: check for check in judge(found, rules).checks if check.name in NAMES}


def test_each_is_recorded_though_nobody_asks() -> None:
    found = checks(facts())
    assert [found[name].observed for name in NAMES] == [0.5, 2.0, 100.0, SIZE_MIB]
    assert all(check.passed and check.required is None for check in found.values())
    assert found[ANSWER_TIME].message == (
        "It answers one row in 2 ms (the 95th percentile of 60 calls)."
    )


def test_what_is_just_within_its_limits_passes() -> None:
    found = checks(facts(), LIMITED)
    assert [found[name].required for name in NAMES] == [0.5, 2.0, 100.0, SIZE_MIB]
    assert judge(facts(), LIMITED).outcome == "promoted"


@pytest.mark.parametrize(
    ("rules", "name", "said"),
    [
        (replace(LIMITED, max_load_seconds=0.4), LOAD_TIME, "0.4. See GATEKEEPER_MAX_LOAD_SECONDS"),
        (replace(LIMITED, max_p95_ms=1.9), ANSWER_TIME, "1.9. See GATEKEEPER_MAX_P95_MS"),
        (replace(LIMITED, max_memory_mib=99.0), MEMORY, "99. See GATEKEEPER_MAX_MEMORY_MIB"),
        (replace(LIMITED, max_size_mib=1e-4), SIZE, "0.0001. See GATEKEEPER_MAX_SIZE_MIB"),
    ],
)
def test_each_alone_refuses(rules: GatePolicy, name: str, said: str) -> None:
    verdict = judge(facts(), rules)
    assert verdict.outcome == "refused"
    (check,) = [check for check in verdict.checks if not check.passed]
    assert check.name == name
    assert f"the limit is {said}" in check.message


def test_what_was_not_measured_is_no_check_but_for_the_size() -> None:
    assert checks(facts(None), LIMITED).keys() == {SIZE}


def test_memory_that_the_system_does_not_tell_is_within_no_limit() -> None:
    unknown = facts(COST.model_copy(update={"memory_mib": None}))
    assert checks(unknown)[MEMORY].passed
    refused = checks(unknown, replace(RULES, max_memory_mib=1e6))[MEMORY]
    assert (refused.passed, refused.observed) == (False, None)
    assert "does not say" in refused.message


def test_the_size_is_that_of_the_files_that_predictors_read() -> None:
    message = checks(facts())[SIZE].message
    assert f"({sum(map(len, MODEL.files.values()))} bytes)" in message
    assert set(MODEL.files) < {file.name for file in MANIFEST.files} | {ARTEFACT}
