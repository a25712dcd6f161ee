"""A check that had nothing to compare, or has no limit, is not shown as passed."""

from dataclasses import replace

import pytest

from gatekeeper.background.training_log import decision_lines
from gatekeeper.client_output import show_decision
from gatekeeper.decisions.commit import describe_decision
from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.policy.policy import judge
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.unit.gatekeeper.policy.good_facts import (
    COMPARISON,
    DIFFERENCE,
    GOOD,
    POLICY,
    SEEN,
    SLICE,
)
from trainer.publishing import console_report

OPEN = GatePolicy(metric="accuracy")
UNKNOWN = SEEN.model_copy(update={"champion": None, "lost_fraction": None})
OTHER_COLUMNS = Champion(
    3,
    "sha256:x",
    recorded_score=0.9,
    score=None,
    why_not_scored="The columns differ.",
    artefact=None,
)


@pytest.fixture
def decision(store: ModelStore) -> Decision:
    """Return the promotion of a second model."""
    reconciler = gatekeeper_of(store)
    for model in (toy_model(), toy_model((1.0, 1.1))):
        toy_candidate(model).publish(store)
        reconciler.poll()
    made = store.decision_log().entries[-1].decision
    return made.model_copy(
        update={"checks": tuple(c.model_copy(update={"skipped": None}) for c in made.checks)}
    )


def results(facts: Facts, policy: GatePolicy) -> dict[str, str]:
    verdict = judge(facts, policy)
    assert verdict.outcome == "promoted"
    return {check.name: check.result for check in verdict.checks}


def test_every_check_that_compares_with_its_limit_is_passed() -> None:
    found = results(GOOD, POLICY)
    assert found.pop("prediction-cost") == "no limit set", "a guard or METRIC limits it"
    assert set(found.values()) == {"passed"}


def test_a_number_without_a_limit_is_recorded_and_not_passed() -> None:
    weak = DIFFERENCE.model_copy(update={"probability": 0.0018})
    found = results(
        replace(GOOD, comparison=COMPARISON.model_copy(update={"difference": weak})), OPEN
    )
    without = {name for name, result in found.items() if result == "no limit set"}
    assert without == {
        "significance",
        "changed-answers",
        "live-comparison",
        "calibration-limit",
        "load-time-limit",
        "p95-latency-limit",
        "memory-limit",
        "size-limit",
    }


@pytest.mark.parametrize(
    ("facts", "not_checked"),
    [
        (replace(GOOD, champion=None), {"significance", "champion-comparison"}),
        (
            replace(
                GOOD,
                champion=OTHER_COLUMNS,
                comparison=COMPARISON.model_copy(
                    update={"difference": None, "compared": None, "seen": UNKNOWN}
                ),
            ),
            {"significance", "holdout-retained"},
        ),
        (
            replace(GOOD, comparison=COMPARISON.model_copy(update={"seen": UNKNOWN})),
            {"holdout-unseen", "holdout-retained"},
        ),
    ],
    ids=["no champion", "a champion with other columns", "no row hashes"],
)
def test_nothing_to_compare_is_not_checked(facts: Facts, not_checked: set[str]) -> None:
    found = results(facts, OPEN)
    assert {name for name, result in found.items() if result == "not checked"} == not_checked


def test_slices_that_are_too_small_are_not_checked() -> None:
    small = SLICE.model_copy(update={"champion": None})
    facts = replace(GOOD, comparison=COMPARISON.model_copy(update={"slices": (small,)}))
    assert results(facts, POLICY)["slice-drop"] == "not checked"


def test_a_decision_keeps_it_and_shows_it_everywhere(decision: Decision) -> None:
    skipped = CheckResult(
        name="significance",
        passed=True,
        observed=None,
        required=None,
        message="No model is in production.",
        skipped="not_checked",
    )
    made = decision.model_copy(update={"checks": (skipped,)})
    assert Decision.decode(made.encode(), "it") == made
    assert "not checked  difference is not chance" in show_decision(made.model_dump(mode="json"))
    *_, line = decision_lines(made)
    assert line["not_checked"] == ["significance"]
    assert describe_decision(made).endswith("Not checked: significance.")
    assert any("not checked" in line for line in console_report.describe_decision(made))


def test_a_decision_from_before_is_encoded_as_it_was(decision: Decision) -> None:
    assert b"skipped" not in decision.encode()
    *_, line = decision_lines(decision)
    assert "not_checked" not in line
