"""The check of guard metrics: all its rulings and their sentences."""

from dataclasses import replace

from gatekeeper.evidence.facts import Facts
from gatekeeper.evidence.further_scores import GuardScore
from gatekeeper.policy.scores.guard_metrics import GUARD_METRICS
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from tests.unit.gatekeeper.policy.good_facts import COMPARISON, GOOD, MODEL

SURE = GatePolicy(metric="accuracy", guards="recall:-0.1")


def facts(challenger: float | None, champion: float | None, metric: str = "recall") -> Facts:
    guard = GuardScore(metric=metric, rows=40, challenger=challenger, champion=champion)
    return replace(GOOD, comparison=COMPARISON.model_copy(update={"guards": (guard,)}))


def run(found: Facts, policy: GatePolicy = SURE) -> CheckResult:
    check = GUARD_METRICS.run(found, policy)
    assert check is not None
    return check


def without_probabilities(found: Facts) -> Facts:
    artefact = MODEL.artefact.model_copy(update={"has_probabilities": False})
    return replace(found, submission=replace(found.submission, artefact=artefact))


def test_a_drop_of_exactly_the_limit_passes() -> None:
    """0.7 - 0.8 is a little below -0.1 in floating point."""
    assert 0.7 - 0.8 < -0.1
    assert run(facts(0.7, 0.8)).passed
    refused = run(facts(0.6999, 0.8))
    assert not refused.passed
    assert "The difference is -0.1001, but at least -0.1 is required." in refused.message


def test_without_guards_the_check_does_not_run() -> None:
    assert GUARD_METRICS.run(facts(0.8, 0.9), GatePolicy(metric="accuracy")) is None


def test_the_first_model_has_nothing_to_compare() -> None:
    check = run(replace(facts(0.8, None), champion=None))
    assert (check.passed, check.skipped) == (True, "not_checked")
    assert check.message == "No model is in production."
    assert check.observed[0]["challenger"] == 0.8
    strict = SURE.model_copy(update={"require_guards": True})
    assert run(replace(facts(0.8, None), champion=None), strict).passed


def test_a_challenger_that_loses_its_probabilities_is_refused() -> None:
    policy = GatePolicy(metric="accuracy", guards="neg_log_loss:-0.1")
    check = run(without_probabilities(facts(None, -0.2, "neg_log_loss")), policy)
    assert not check.passed
    assert check.message == (
        "log loss of this model is unknown, because this model has no probabilities. "
        "See GATEKEEPER_GUARDS."
    )


def test_a_champion_that_cannot_be_scored_is_no_reason_to_refuse_unless_it_must_be() -> None:
    assert GOOD.champion is not None
    champion = replace(GOOD.champion, score=None, why_not_scored="its files are damaged.")
    found = replace(facts(0.8, None), champion=champion)
    check = run(found)
    assert (check.passed, check.skipped) == (True, "not_checked")
    assert check.message == (
        "recall is not compared, because production could not be scored: its files are damaged."
    )
    assert not run(found, SURE.model_copy(update={"require_guards": True})).passed


def test_a_champion_without_the_class_is_not_compared_by_log_loss() -> None:
    """Its loss would be huge, so every challenger would pass."""
    assert GOOD.champion is not None
    artefact = MODEL.artefact.model_copy(update={"classes": ("small",)})
    policy = GatePolicy(metric="accuracy", guards="neg_log_loss:-0.1")
    found = replace(
        facts(-0.9, -30.0, "neg_log_loss"), champion=replace(GOOD.champion, artefact=artefact)
    )
    check = run(found, policy)
    assert check.skipped == "not_checked"
    assert "it gives the class 'large' probability 0" in check.message


def test_a_metric_for_another_number_of_classes_says_so() -> None:
    policy = GatePolicy(metric="accuracy", guards="top_k_accuracy:-0.1")
    check = run(facts(None, None, "top_k_accuracy"), policy)
    assert "because it is not for a model with 2 classes." in check.message


def test_no_unseen_row_is_a_reason() -> None:
    check = run(replace(GOOD, comparison=COMPARISON.model_copy(update={"guards": ()})))
    assert "because no row of the holdout is unseen by both models." in check.message


def test_each_guard_is_listed_and_failures_come_first() -> None:
    policy = GatePolicy(metric="accuracy", guards="recall:-0.1, neg_log_loss:-0.1")
    guards = (
        GuardScore(metric="recall", rows=40, challenger=0.9, champion=0.9),
        GuardScore(metric="neg_log_loss", rows=40, challenger=-0.9, champion=-0.2),
    )
    check = run(replace(GOOD, comparison=COMPARISON.model_copy(update={"guards": guards})), policy)
    assert check.message.index("log loss is 0.9") < check.message.index(
        "recall of the class 'large' is 0.9"
    )
    assert [each["metric"] for each in check.observed] == ["recall", "neg_log_loss"]
