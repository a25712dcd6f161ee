"""The check of the schema passes, refuses, and accepts allowed changes."""

from dataclasses import replace

import pytest

from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Champion, Facts, Submission
from gatekeeper.policy.policy import Verdict, judge
from gatekeeper.policy.submission.schema_changes import MOST_SHOWN
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Artefact, Feature
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate

POLICY = GatePolicy(metric="accuracy")
MODEL = toy_model()
MANIFEST = toy_candidate(MODEL, correct=9).manifest
CHAMPION = Champion(
    version=3, digest="sha256:" + "0" * 64, recorded_score=0.5, score=0.9, artefact=MODEL.artefact
)
SHAPE = {"task": "classification", "features": 2, "classes": 2}


def facts(*features: Feature, evaluation: ScoringResult | None = None) -> Facts:
    """Return a good candidate with the features width, height and *features*."""
    artefact = MODEL.artefact.model_copy(update={"features": (*MODEL.artefact.features, *features)})
    submission = Submission(MANIFEST.candidate_id, MANIFEST, artefact)
    return Facts(submission, evaluation or ScoringResult(0.9), CHAMPION)


def number(name: str, *, nullable: bool = False) -> Feature:
    return Feature(name=name, type="number", nullable=nullable)


def schema_check(verdict: Verdict) -> CheckResult:
    (found,) = (check for check in verdict.checks if check.name == "schema-compatible")
    return found


def test_the_same_schema_passes() -> None:
    verdict = judge(facts(), POLICY)
    check = schema_check(verdict)
    assert verdict.outcome == "promoted"
    assert (check.observed, check.required) == (SHAPE, SHAPE)
    assert check.message == "2 features and 2 classes, as in its holdout and golden rows."


def test_a_new_required_feature_is_refused() -> None:
    verdict = judge(facts(number("depth")), POLICY)
    assert verdict.outcome == "refused"
    assert [check.name for check in verdict.checks if not check.passed] == ["schema-compatible"]
    check = schema_check(verdict)
    assert check.observed == {"feature depth": "number"}
    assert check.required == {"feature depth": "none"}
    assert check.message == (
        "Clients of version 3 would break: 'depth' (number) is new and required. When they "
        "are ready for it, set GATEKEEPER_ALLOW_SCHEMA_CHANGE=true and train again."
    )


def test_an_allowed_breaking_change_passes_and_is_described() -> None:
    verdict = judge(facts(number("depth")), POLICY.model_copy(update={"allow_schema_change": True}))
    assert verdict.outcome == "promoted"
    check = schema_check(verdict)
    assert check.observed == {"feature depth": "number"}
    assert check.message == (
        "3 features and 2 classes, as in its holdout and golden rows. Clients of version 3 must "
        "change, which GATEKEEPER_ALLOW_SCHEMA_CHANGE allows: 'depth' (number) is new and "
        "required."
    )


def test_a_compatible_change_passes_and_is_described() -> None:
    verdict = judge(facts(number("depth", nullable=True)), POLICY)
    assert verdict.outcome == "promoted"
    assert "Clients of version 3 need not change: 'depth'" in schema_check(verdict).message


def test_the_first_candidate_has_no_clients() -> None:
    verdict = judge(replace(facts(number("depth")), champion=None), POLICY)
    assert verdict.outcome == "promoted"
    assert schema_check(verdict).required == {**SHAPE, "features": 3}


def test_a_champion_that_cannot_be_read_is_not_compared() -> None:
    damaged = replace(CHAMPION, artefact=None, score=None, why_not_scored="its files are damaged.")
    verdict = judge(replace(facts(number("depth")), champion=damaged), POLICY)
    assert verdict.outcome == "promoted"
    assert "The feature schema of version 3 could not be read" in schema_check(verdict).message


def test_a_candidate_that_contradicts_itself_is_refused_though_changes_are_allowed() -> None:
    wrong = ScoringResult(None, {"schema-compatible": "holdout.npz has no array called feature_2."})
    allowing = POLICY.model_copy(update={"allow_schema_change": True})
    verdict = judge(facts(number("depth"), evaluation=wrong), allowing)
    assert verdict.outcome == "refused"
    message = schema_check(verdict).message
    assert message.startswith("holdout.npz has no array called feature_2. Clients of version 3 ")


def test_a_model_that_fails_does_not_hide_a_breaking_change() -> None:
    crashed = ScoringResult(None, {"golden-rows-reproduced": "It was ended by SIGSEGV."})
    verdict = judge(facts(number("depth"), evaluation=crashed), POLICY)
    assert [check.name for check in verdict.checks if not check.passed] == [
        "schema-compatible",
        "golden-rows-reproduced",
    ]
    whole = judge(facts(evaluation=crashed), POLICY)
    assert [check.name for check in whole.checks if not check.passed] == ["golden-rows-reproduced"]


@pytest.mark.parametrize("allowed", [False, True])
def test_many_long_hostile_names_make_no_long_message(allowed: bool) -> None:
    names = [f"\x1b[31m{place}\n" + "é" * 1_000 for place in range(500)]
    hostile = facts(*(number(name) for name in names))
    check = schema_check(judge(hostile, POLICY.model_copy(update={"allow_schema_change": allowed})))
    assert f"and {500 - MOST_SHOWN} more" in check.message
    assert check.message.isprintable()
    assert len(check.message) < 1500
    assert len(check.model_dump_json()) < 4000


def test_a_regression_is_counted_without_classes() -> None:
    artefact: Artefact = MODEL.artefact.model_copy(
        update={"task": "regression", "classes": (), "has_probabilities": False}
    )
    submission = Submission(MANIFEST.candidate_id, MANIFEST, artefact)
    verdict = judge(Facts(submission, ScoringResult(0.9)), POLICY)
    assert schema_check(verdict).message == "2 features, as in its holdout and golden rows."
