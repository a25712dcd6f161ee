"""People see positive errors everywhere, in the words of the gate's own checks."""

from dataclasses import replace

import pytest

from gatekeeper.client_output import show_decision, show_history
from gatekeeper.decisions.commit import describe_decision
from gatekeeper.decisions.decision_draft import draft_decision
from gatekeeper.evidence.comparison_messages import (
    PairedScores,
    ScoreDifference,
    SliceScore,
    UnjudgedSlices,
)
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.live_results import LabelledScores, LiveResult
from gatekeeper.policy.check_names import show_check
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.store.store import ModelStore
from tests.unit.gatekeeper.policy.good_facts import COMPARISON, GOOD, MANIFEST
from trainer.publishing import console_report

MAE = "neg_mean_absolute_error"
POLICY = GatePolicy(metric=MAE, floor=-40, confidence=0.95, slices="width", slice_drop=0.5)
DIFFERENCE = ScoreDifference(
    difference=-0.8,
    low=-2.25,
    high=0.5,
    confidence=0.95,
    probability=0.129,
    resamples=10_000,
    rows=160,
    detectable=1.5,
    rows_to_show=600,
)
SLICE = SliceScore(
    column="width",
    value="-1 to 2",
    rows=20,
    challenger=-48.5,
    champion=-47.0,
    interval=(-52.0, -45.0),
    difference_interval=(-4.0, 1.0),
)
BETTER_SLICE = SLICE.model_copy(update={"value": "above 2", "challenger": -40.0, "interval": None})


def shown(facts: Facts, policy: GatePolicy = POLICY) -> dict[str, CheckResult]:
    return {check.name: show_check(check, MAE) for check in judge(facts, policy).checks}


def regression(score: float, champion: float, *, excess: float = 1) -> Facts:
    """Return facts about a candidate that claims an error smaller by *excess*."""
    assert GOOD.champion is not None
    claims = MANIFEST.model_copy(update={"metric": MAE, "holdout_metrics": {MAE: score + excess}})
    return replace(
        GOOD,
        submission=replace(GOOD.submission, candidate_id=MANIFEST.candidate_id, manifest=claims),
        challenger=ScoringResult(score),
        champion=replace(GOOD.champion, score=champion),
        comparison=COMPARISON.model_copy(
            update={
                "compared": PairedScores(rows=10, challenger=score, champion=champion),
                "difference": DIFFERENCE,
                "slices": (SLICE,),
            }
        ),
    )


def test_a_larger_error_is_worse_than_productions() -> None:
    found = shown(regression(-48.75, -47.95))["champion-comparison"]
    assert found.message.startswith("MAE 48.75 is worse than the 47.95 of version")
    assert (found.observed, found.required) == (48.75, 47.95)


def test_a_smaller_error_is_better_than_productions() -> None:
    found = shown(regression(-46.0, -47.95))["champion-comparison"]
    assert found.message.startswith("MAE 46.00 is better than the 47.95 of version")


def test_a_required_improvement_is_subtracted() -> None:
    stricter = POLICY.model_copy(update={"min_improvement": 0.25})
    message = shown(regression(-48.75, -47.95), stricter)["champion-comparison"].message
    assert "is worse than the 47.70 (47.95 -0.25) required" in message


def test_an_allowed_drop_is_added() -> None:
    looser = POLICY.model_copy(update={"min_improvement": -0.5})
    message = shown(regression(-48.75, -47.95), looser)["champion-comparison"].message
    assert "is worse than the 48.45 (47.95 +0.5) required" in message


def test_the_interval_of_an_error_is_turned() -> None:
    found = shown(regression(-48.75, -47.95))["significance"]
    assert "MAE differs from production's by +0.8." in found.message
    assert "is at most +2.25; at most 0 is required." in found.message
    assert "160 rows can show a true difference of -1.5 or less, in 8 of 10 cases" in found.message
    assert found.observed["difference"] == 0.8
    assert found.observed["bound"] == 2.25
    assert found.observed["interval"] == [-0.5, 2.25]
    assert found.observed["detectable_difference"] == -1.5
    assert found.observed["probability"] == 0.129


def test_errors_on_labelled_rows_are_positive() -> None:
    labelled = LabelledScores(
        labelled=200,
        rows=160,
        ids=160,
        challenger=-48.0,
        champion=-47.2,
        difference=DIFFERENCE,
    )
    policy = POLICY.model_copy(update={"live_holdout": True, "min_improvement": -0.5})
    facts = replace(
        regression(-48.0, -47.2), live=LiveResult(rows=200, answered=200, labelled=labelled)
    )

    check = shown(facts, policy)["live-comparison"]

    observed = check.observed
    assert (observed["challenger"], observed["champion"]) == (48.0, 47.2)
    assert (observed["difference"], observed["interval"]) == (0.8, [-0.5, 2.25])
    assert (check.passed, check.required) == (False, 0.5)
    assert check.message.startswith(
        "MAE 48.00, and 47.20 of production, on 160 logged rows with a label"
    )
    assert check.message.endswith("This is worse than allowed. See GATEKEEPER_LIVE_HOLDOUT.")


def test_slices_have_positive_errors_and_keep_their_values() -> None:
    found = shown(regression(-48.75, -47.95))["slice-drop"]
    assert found.message.startswith(
        "The error is above production's by more than 0.5 where 'width' is '-1 to 2' "
        "(20 rows): 48.50, production 47.00, 95 % interval of the difference -1 to +4."
    )
    assert found.observed[0]["challenger"] == 48.5
    assert found.observed[0]["interval"] == [-1.0, 4.0]
    fine = shown(regression(-48.75, -47.95), POLICY.model_copy(update={"slice_drop": 5.0}))
    assert fine["slice-drop"].message.startswith("No slice has an error above production's by ")


def test_limits_of_slices_are_about_positive_errors() -> None:
    facts = regression(-48.75, -47.95)
    assert facts.comparison is not None
    slices, others = (SLICE, BETTER_SLICE), UnjudgedSlices(slices=(SLICE,), count=1)
    comparison = facts.comparison.model_copy(update={"slices": slices, "unjudged": others})
    limits = {"slice_floor": -45.0, "slice_gap": 5.0}
    found = shown(replace(facts, comparison=comparison), POLICY.model_copy(update=limits))
    floor, gap, rest = (found[f"slice-{name}"] for name in ("floor", "gap", "coverage"))
    assert floor.message.startswith(
        "MAE is 48.50 where 'width' is '-1 to 2' (20 rows, 95 % interval 45.00 to 52.00). "
        "It is above the floor of 45.00 for every judged slice."
    )
    assert (floor.observed[0]["interval"], floor.required) == ([45.0, 52.0], 45.0)
    assert gap.message.startswith("MAE differs by 8.5 between slices, more than the allowed 5: ")
    assert "48.50 where 'width' is '-1 to 2'" in gap.message
    assert (gap.observed[0]["worst score"], gap.observed[0]["best score"]) == (48.5, 40.0)
    assert rest.observed["slices"][0]["challenger"] == 48.5


def test_a_floor_is_the_highest_error() -> None:
    found = shown(regression(-48.75, -47.95))["score-floor"]
    assert found.message.startswith("MAE 48.75 is above the floor of 40.00.")
    assert (found.observed, found.required) == (48.75, 40)


def test_a_claimed_error_is_positive() -> None:
    found = shown(regression(-48.75, -47.95))["score-reproduced"]
    assert found.message == ("The manifest claims MAE 47.75; the gatekeeper computed 48.75.")


@pytest.mark.parametrize("metric", ["accuracy", "r2"])
def test_other_metrics_and_other_checks_stay_as_they_are(metric: str) -> None:
    for check in judge(GOOD, GatePolicy(metric=metric)).checks:
        assert show_check(check, metric) == check
        if check.name in {"bytes-match", "metric-matches", "holdout-retained"}:
            assert show_check(check, MAE) == check


def decided(store: ModelStore, facts: Facts, policy: GatePolicy) -> Decision:
    log, now = store.decision_log(), MANIFEST.created_at
    return draft_decision(log, facts, judge(facts, policy), MAE, now)


def test_a_refusal_is_explained_with_positive_errors_on_the_command_line_and_in_the_log(
    store: ModelStore,
) -> None:
    decision = decided(store, regression(-48.75, -47.95), POLICY)
    assert decision.outcome == "refused"
    document = decision.model_dump(mode="json")
    history = show_history({"decisions": [document], "before": None})
    output = "\n".join(console_report.describe_decision(decision))
    for text in (describe_decision(decision), history, output, show_decision(document)):
        assert "MAE 48.75 is worse than the 47.95 of version" in text
        assert "-48.75" not in text
        assert "-47.95" not in text
    assert "champion-comparison: observed 48.75, required 47.95\n" in output
    for check in decision.checks:
        assert f"{MAE} -" not in check.message, "documents have the words for people too"
    assert {"48.75", "47.95"} < set(history.split())


def test_a_promotion_names_the_error_and_its_direction(store: ModelStore) -> None:
    better = regression(-46.0, -47.95, excess=0)
    decision = decided(store, better, GatePolicy(metric=MAE))
    assert describe_decision(decision).startswith(
        f"Candidate {MANIFEST.candidate_id} (toy) promoted as version 1 with "
        "MAE 46.00, lower is better."
    )
    (first, *_) = console_report.describe_decision(decision)
    assert first.endswith("(MAE 46.00 on the holdout, production had 47.95, lower is better)")
