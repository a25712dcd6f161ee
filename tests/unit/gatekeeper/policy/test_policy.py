"""The verdict on a candidate: promoted, refused or unchanged."""

import math
from dataclasses import replace

import pytest

from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Facts, Runtimes, Submission
from gatekeeper.policy.policy import Verdict, judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import JOBLIB_MEDIA_TYPE, Artefact, Descriptor
from shared.contract.layout import JOBLIB_MODEL, ONNX_MODEL
from tests.unit.gatekeeper.policy.toy_facts import (
    CHAMPION,
    GOOD,
    MANIFEST,
    MODEL,
    POLICY,
    failed,
    with_manifest,
    with_score,
)

ALL = [
    *(
        "manifest-valid",
        "bytes-match",
        "formats-allowed",
        "metric-matches",
        "schema-compatible",
        "score-reproduced",
        "golden-rows-reproduced",
        "size-limit",
    ),
    *("significance", "champion-comparison"),
]


def with_error(check: str, message: str, score: float | None = None) -> Facts:
    return replace(GOOD, challenger=ScoringResult(score, {check: message}))


def ran(verdict: Verdict) -> list[str]:
    return [check.name for check in verdict.checks]


def joblib_artefact() -> Artefact:
    pickled = Descriptor.describe(JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, b"")
    return MODEL.artefact.model_copy(update={"model": pickled})


def test_a_good_candidate_passes_every_check_and_is_promoted() -> None:
    verdict = judge(GOOD, POLICY)
    assert verdict.outcome == "promoted"
    assert ran(verdict) == ALL
    assert not failed(verdict)


def test_the_first_candidate_has_nothing_to_beat() -> None:
    verdict = judge(replace(GOOD, champion=None), POLICY)
    assert verdict.outcome == "promoted"
    assert (verdict.checks[-1].observed, verdict.checks[-1].required) == (0.9, None)


def test_without_a_readable_manifest_no_other_check_runs() -> None:
    submission = Submission("x", None, errors={"manifest-valid": "manifest.json is missing."})
    verdict = judge(Facts(submission), POLICY)
    assert verdict.outcome == "refused"
    assert ran(verdict) == ["manifest-valid"]
    assert verdict.checks[0].message == "manifest.json is missing."


def test_bytes_that_do_not_match_are_refused_and_the_other_checks_that_can_run_do() -> None:
    errors = {"bytes-match": "model.onnx has 3 bytes; its descriptor says 4."}
    facts = Facts(Submission("x", MANIFEST, errors=errors))
    verdict = judge(facts, GatePolicy(metric="f1"))
    assert ran(verdict) == ["manifest-valid", "bytes-match", "formats-allowed", "metric-matches"]
    assert list(failed(verdict)) == ["bytes-match", "metric-matches"]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("model.exe", "application/onnx"),
        (ONNX_MODEL, "application/x-sh"),
        (ONNX_MODEL, JOBLIB_MEDIA_TYPE),
    ],
)
def test_a_file_of_another_name_or_type_is_refused(name: str, media_type: str) -> None:
    strange = Descriptor.describe(name, media_type, b"")
    manifest = MANIFEST.model_copy(update={"files": (*MANIFEST.files, strange)})
    verdict = judge(Facts(Submission("x", manifest)), POLICY)
    assert list(failed(verdict)) == ["formats-allowed"]
    assert name in failed(verdict)["formats-allowed"].message


def test_a_pickle_is_refused_unless_the_operator_opted_in() -> None:
    submission = replace(GOOD.submission, artefact=joblib_artefact())
    refused = judge(Facts(submission, champion=CHAMPION), POLICY)
    check = failed(refused)["formats-allowed"]
    assert (check.observed, check.required) == ([JOBLIB_MEDIA_TYPE], ["application/onnx"])
    assert "ALLOW_JOBLIB" in check.message
    versions = {"python": "3.13.0", "scikit-learn": "1.9.1", "numpy": "2.4.0"}
    facts = with_manifest(versions=versions)
    submission = replace(facts.submission, artefact=joblib_artefact())
    pickled = replace(facts, submission=submission, runtimes=Runtimes(versions))
    allowed = judge(pickled, POLICY.model_copy(update={"allow_joblib": True}))
    assert allowed.outcome == "promoted"


def test_another_metric_than_the_gatekeepers_is_refused() -> None:
    verdict = judge(with_manifest(metric="f1"), POLICY)
    assert list(failed(verdict)) == ["metric-matches"]
    check = failed(verdict)["metric-matches"]
    assert (check.observed, check.required) == ("f1", "accuracy")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("schema-compatible", "holdout.npz has no array called feature_2."),
        ("golden-rows-reproduced", "It did not finish within 30 s."),
        ("score-reproduced", "Some probabilities on the holdout are NaN or infinite."),
    ],
)
def test_an_error_of_scoring_fails_the_check_that_it_names(name: str, message: str) -> None:
    verdict = judge(with_error(name, message), POLICY)
    assert {check.name: check.message for check in failed(verdict).values()} == {name: message}
    assert "champion-comparison" not in ran(verdict)


def test_an_artefact_that_cannot_be_read_is_refused() -> None:
    submission = Submission(
        "x", MANIFEST, errors={"schema-compatible": "artefact.json is not a JSON object."}
    )
    assert list(failed(judge(Facts(submission), POLICY))) == ["schema-compatible"]


def test_golden_rows_that_differ_are_refused_though_the_score_is_known() -> None:
    verdict = judge(with_error("golden-rows-reproduced", "does not reproduce", 0.9), POLICY)
    assert ran(verdict) == ALL
    assert list(failed(verdict)) == ["golden-rows-reproduced"]


def test_a_missing_score_without_an_error_is_refused() -> None:
    verdict = judge(with_score(None), POLICY)
    assert verdict.outcome == "refused"
    assert list(failed(verdict)) == ["score-reproduced"]


@pytest.mark.parametrize("claimed", [0.95, 0.9 + 1.1e-6, 0.0])
def test_a_claim_that_is_not_reproduced_is_refused(claimed: float) -> None:
    verdict = judge(with_score(0.9, claimed), POLICY)
    assert list(failed(verdict)) == ["score-reproduced"]
    check = failed(verdict)["score-reproduced"]
    assert (check.observed, check.required) == (0.9, claimed)
    ours, theirs = check.message.split(";")
    assert ours.split()[-1] != theirs.split()[-1].rstrip("."), check.message


@pytest.mark.parametrize(("error", "outcome"), [(0.5, "promoted"), (5.0, "refused")])
def test_a_claim_of_large_numbers_may_differ_in_proportion(error: float, outcome: str) -> None:
    claimed = -1e6
    champion = replace(CHAMPION, score=claimed - 10.0)
    facts = replace(with_score(claimed + error, claimed), champion=champion)
    assert judge(facts, POLICY).outcome == outcome


def test_rounding_of_large_numbers_refuses_nothing() -> None:
    champion = replace(CHAMPION, score=-1e6)
    facts = replace(with_score(-1e6 + 0.1, -1e6 + 0.1), champion=champion)
    required = -1e6 + 0.1 + 1e-8  # as a sum of other terms may come out
    assert (
        judge(facts, POLICY.model_copy(update={"min_improvement": required + 1e6})).outcome
        == "promoted"
    )


def test_a_missing_claim_is_refused() -> None:
    verdict = judge(with_manifest(holdout_metrics={"f1": 1.0}), POLICY)
    assert list(failed(verdict)) == ["score-reproduced"]
    assert failed(verdict)["score-reproduced"].required is None


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_not_finite_is_refused_by_name(score: float) -> None:
    for champion in (None, CHAMPION):
        verdict = judge(replace(with_score(score), champion=champion), POLICY)
        assert list(failed(verdict)) == ["score-reproduced", "champion-comparison"]
        check = failed(verdict)["champion-comparison"]
        assert check.observed == str(score)
        assert f"is {score}, which is not a number" in check.message


@pytest.mark.parametrize(("floor", "outcome"), [(0.9, "promoted"), (0.91, "refused")])
def test_the_floor_holds_for_the_first_candidate_and_for_any_other(
    floor: float, outcome: str
) -> None:
    for champion in (None, CHAMPION):
        verdict = judge(
            replace(GOOD, champion=champion), POLICY.model_copy(update={"floor": floor})
        )
        assert verdict.outcome == outcome
        assert ran(verdict) == [*ALL[:-2], "score-floor", "significance", "champion-comparison"]
        assert list(failed(verdict)) == (["score-floor"] if outcome == "refused" else [])


def test_the_same_artefact_again_is_a_new_version_unless_the_operator_skips_it() -> None:
    same = replace(GOOD, champion=replace(CHAMPION, digest=MANIFEST.digest))
    assert judge(same, POLICY).outcome == "promoted"
    skipping = POLICY.model_copy(update={"skip_identical": True})
    assert judge(same, skipping).outcome == "unchanged"
    assert judge(GOOD, skipping).outcome == "promoted"
    worse = replace(same, challenger=ScoringResult(0.5))
    assert judge(worse, skipping).outcome == "refused"
