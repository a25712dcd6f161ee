"""Guard metrics and the calibration error decide, from a real holdout to the decision."""

import pytest

from gatekeeper.policy.check_names import show_check
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.store.store import ModelStore
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.stores.decisions import check_of
from tests.support.stores.gatekeeping import failed_checks, gatekeeper_of, outcomes

ANSWERS = {"oslo": "yes", "rome": "no"}
ROWS = [
    *[("oslo", "yes")] * 190,
    *[("rome", "no")] * 190,
    *[("oslo", "no")] * 10,
    *[("rome", "yes")] * 10,
]
"""Both models answer 380 of 400 rows correctly. Their f1 is 0.95."""
SHARP, BLURRED = 0.89, 0.587
"""Probabilities of the answered class with a log loss of 0.22 and of 0.55 on these rows."""
BY_F1 = GatePolicy(metric="f1")
GUARDED = BY_F1.model_copy(update={"guards": "neg_log_loss:-0.02, recall:-0.01"})


def decide(store: ModelStore, policy: GatePolicy, sure: float) -> dict[str, CheckResult]:
    """Publish a candidate, let the gate decide, and return the checks of the decision."""
    model = lookup_model(ANSWERS, sure=sure)
    candidate_on(model, ROWS, claimed=0.95, metric="f1").publish(store)
    gatekeeper_of(store, policy).poll()
    checks = store.decision_log().entries[-1].decision.checks
    return {check.name: check for check in checks}


def test_ruined_probabilities_with_the_same_classes_are_refused_by_a_guard(
    store: ModelStore,
) -> None:
    decide(store, GUARDED, SHARP)
    checks = decide(store, GUARDED, BLURRED)

    assert outcomes(store) == ["promoted", "refused"]
    assert checks["significance"].observed["difference"] == 0.0
    assert checks["champion-comparison"].passed
    guard = checks["guard-metrics"]
    assert list(failed_checks(store, store.candidates.ids()[-1])) == ["guard-metrics"]
    assert guard.required == {"neg_log_loss": -0.02, "recall": -0.01}
    log_loss, recall = guard.observed
    assert log_loss["metric"] == "neg_log_loss"
    assert log_loss["champion"] == pytest.approx(-0.22, abs=0.002)
    assert log_loss["challenger"] == pytest.approx(-0.55, abs=0.002)
    assert log_loss["difference"] == pytest.approx(-0.33, abs=0.002)
    assert recall == {
        "metric": "recall", "challenger": 0.95, "champion": 0.95, "difference": 0.0
    }  # fmt: skip
    shown = show_check(guard, "f1")
    assert shown.observed[0]["metric"] == "log loss"
    assert shown.observed[0]["challenger"] == -log_loss["challenger"]
    assert shown.required == {"log loss": 0.02, "recall": -0.01}
    assert guard.message == (
        "log loss is 0.5503 and production's is 0.2211 on the same 400 rows. The difference is "
        "+0.3292, but at most +0.02 is allowed. recall of the class 'yes' is 0.9500 and "
        "production's is 0.9500 on the same 400 rows. The difference is 0; at least -0.01 is "
        "required. See GATEKEEPER_GUARDS."
    )


def test_without_a_guard_the_same_model_is_promoted_and_its_calibration_recorded(
    store: ModelStore,
) -> None:
    decide(store, BY_F1, SHARP)
    checks = decide(store, BY_F1, BLURRED)

    assert outcomes(store) == ["promoted", "promoted"]
    assert "guard-metrics" not in checks
    calibration = checks["calibration-limit"]
    assert (calibration.passed, calibration.skipped) == (True, "no_limit")
    assert calibration.observed["error"] == pytest.approx(0.95 - BLURRED, abs=0.01)
    assert calibration.observed["low"] < calibration.observed["error"]


def test_a_calibration_error_above_its_limit_is_refused(store: ModelStore) -> None:
    limited = BY_F1.model_copy(update={"max_calibration_error": 0.1})
    checks = decide(store, limited, BLURRED)
    assert list(failed_checks(store, store.candidates.ids()[-1])) == ["calibration-limit"]
    assert "at most 0.1 is allowed" in checks["calibration-limit"].message
    assert decide(store, limited, SHARP)["calibration-limit"].passed
    assert outcomes(store) == ["refused", "promoted"]


def test_a_guard_that_the_rows_do_not_define_is_not_checked(store: ModelStore) -> None:
    """With one class, ROC AUC is undefined for both models."""
    guarded = GatePolicy(metric="accuracy", guards="roc_auc:-0.01")
    rows = [("oslo", "yes")] * 50
    for sure in (SHARP, BLURRED):
        model = lookup_model(ANSWERS, sure=sure)
        candidate_on(model, rows, claimed=1.0).publish(store)
        gatekeeper_of(store, guarded).poll()
    assert outcomes(store) == ["promoted", "promoted"]
    check = check_of(store.decision_log().entries[-1].decision, "guard-metrics")
    assert (check.name, check.skipped) == ("guard-metrics", "not_checked")
    assert check.message == "roc_auc is not compared, because it is not defined on these 50 rows."

    model = lookup_model(ANSWERS, sure=0.7)
    candidate = candidate_on(model, rows, claimed=1.0).publish(store)
    gatekeeper_of(store, guarded.model_copy(update={"require_guards": True})).poll()
    assert "See GATEKEEPER_REQUIRE_GUARDS." in failed_checks(store, candidate)["guard-metrics"]
