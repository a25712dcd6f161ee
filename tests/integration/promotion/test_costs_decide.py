"""Costs of predictions decide: in the trainer's choice, the gate and its record."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult
from shared.contract.documents import Manifest
from shared.contract.layout import ARTEFACT
from shared.errors import SettingsError, UndecidedError
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.gatekeeping import failed_checks, gatekeeper_of, outcomes
from tests.support.tables.tables import blobs_csv
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train

COSTS = {"yes": {"no": 50.0}, "no": {"yes": 1.0}}
BY_COST = GatePolicy(metric="neg_cost", costs=COSTS)
ROWS = [
    *[("oslo", "yes")] * 2,
    *[("oslo", "no")] * 8,
    *[("rome", "no")] * 9,
    ("lima", "yes"),
]
CAUTIOUS = {"oslo": "yes", "rome": "no", "lima": "yes"}
"""It has 8 false alarms, which cost 8. Its accuracy is 0.6."""
ACCURATE = {"oslo": "no", "rome": "no", "lima": "yes"}
"""It misses 2 rows, which cost 100. Its accuracy is 0.9."""


def candidate(answers: dict[str, str], **claims: object) -> ToyCandidate:
    cost = 8 / 20 if answers == CAUTIOUS else 100 / 20
    found = candidate_on(lookup_model(answers), ROWS, claimed=-cost, metric="neg_cost")
    return found.with_manifest(**{"costs": COSTS, **claims})


def check_of(store: ModelStore, name: str) -> CheckResult:
    checks = store.decision_log().entries[-1].decision.checks
    return next(check for check in checks if check.name == name)


def test_the_cheaper_model_wins_although_it_is_less_accurate(store: ModelStore) -> None:
    for answers in (ACCURATE, CAUTIOUS, ACCURATE):
        last = candidate(answers).publish(store)
        gatekeeper_of(store, BY_COST).poll()

    assert outcomes(store) == ["promoted", "promoted", "refused"]
    message = failed_checks(store, last)["champion-comparison"]
    assert message.startswith("cost 5.0000 is worse than the 0.4000 of version 2, ")


def test_other_costs_than_the_gatekeepers_are_refused(store: ModelStore) -> None:
    others = {"yes": {"no": 10.0}, "no": {"yes": 1.0}}
    for costs, said in (
        (others, "predicting 'no' for 'yes' has 10 there and 50 here. Set the same GATEKEEPER_C"),
        (None, "predicting 'no' for 'yes' has no cost there and 50 here."),
    ):
        refused = candidate(CAUTIOUS, costs=costs).publish(store)
        gatekeeper_of(store, BY_COST).poll()
        assert said in failed_checks(store, refused)["metric-matches"]
    same = {"no": {"no": 0.0, "yes": 1.0}, "yes": {"no": 50.0}}
    candidate(CAUTIOUS, costs=same).publish(store)
    gatekeeper_of(store, BY_COST).poll()
    assert outcomes(store)[-1] == "promoted"


def test_costs_are_recorded_beside_another_metric(store: ModelStore) -> None:
    policy = GatePolicy(metric="accuracy", costs=COSTS)
    for sure in (0.8, 0.7):
        candidate_on(lookup_model(CAUTIOUS, sure=sure), ROWS, claimed=0.6).publish(store)
        gatekeeper_of(store, policy).poll()
    check = check_of(store, "prediction-cost")
    assert (check.passed, check.skipped) == (True, "no_limit")
    assert check.observed == {"challenger": -0.4, "champion": -0.4, "difference": 0.0}
    assert check.message == (
        "The mean cost of a row is 0.4000 and production's is 0.4000 on the same 20 rows. "
        "The difference is 0."
    )


def test_costs_of_unknown_classes_are_refused(store: ModelStore) -> None:
    policy = GatePolicy(metric="accuracy", costs={"yes": {"perhaps": 1.0}})
    refused = candidate_on(lookup_model(CAUTIOUS), ROWS, claimed=0.6).publish(store)
    gatekeeper_of(store, policy).poll()
    assert "names the class 'perhaps'" in failed_checks(store, refused)["prediction-cost"]
    refused = candidate(CAUTIOUS).publish(store)
    by_cost = policy.model_copy(update={"metric": "neg_cost"})
    gatekeeper_of(store, by_cost).poll()
    assert "names the class 'perhaps'" in failed_checks(store, refused)["score-reproduced"]


def test_a_cost_can_be_a_guard(store: ModelStore) -> None:
    policy = GatePolicy(metric="accuracy", costs=COSTS, guards="neg_cost:-0.1")
    candidate_on(lookup_model(CAUTIOUS), ROWS, claimed=0.6).publish(store)
    gatekeeper_of(store, policy).poll()
    refused = candidate_on(lookup_model(ACCURATE), ROWS, claimed=0.9).publish(store)
    gatekeeper_of(store, policy).poll()
    message = failed_checks(store, refused)["guard-metrics"]
    assert "cost is 5.0000 and production's is 0.4000 on the same 20 rows." in message


def trained(store: ModelStore, data: Path, costs: str) -> tuple[Manifest, str]:
    console = StringIO()
    own = TrainerSettings(
        dataset=data,
        target="size",
        candidates="tests.unit.trainer.small_table:CANDIDATES",
        wait_seconds=0.0,
    )
    common = CommonSettings(store_dir=store.layout.root, metric="neg_cost", gatekeeper_costs=costs)
    with pytest.raises(UndecidedError):
        train(common, own, Console(console))
    return store.candidates.manifest(store.candidates.ids()[-1]), console.getvalue()


def test_a_run_selects_by_cost_and_the_gate_reproduces_it(
    store: ModelStore, tmp_path: Path
) -> None:
    costs = {"0": {"1": 1.0}, "1": {"0": 7.0}}
    manifest, output = trained(
        store, blobs_csv(tmp_path / "blobs.csv"), '{"0": {"1": 1}, "1": {"0": 7}}'
    )
    gatekeeper_of(store, GatePolicy(metric="neg_cost", costs=costs)).poll()
    assert outcomes(store) == ["promoted"]
    assert manifest.costs == costs
    assert "neg_cost" in manifest.holdout_metrics
    scores = [each.metrics["neg_cost"] for each in manifest.candidates if each.metrics]
    chosen = next(each for each in manifest.candidates if each.name == manifest.model_name)
    assert chosen.metrics["neg_cost"] == max(scores)
    assert "always answers the class with the least cost, 1." in output
    assert np.isclose(
        check_of(store, "score-reproduced").observed, manifest.holdout_metrics["neg_cost"]
    )


def test_a_run_with_costs_that_do_not_fit_ends_before_a_fit(
    store: ModelStore, tmp_path: Path
) -> None:
    data = blobs_csv(tmp_path / "blobs.csv")
    for costs, said in (
        ('{"0": {"2": 1}, "1": {"0": 7}}', "names the class '2'; the classes are '0', '1'."),
        ('{"0": {"1": 1}}', "has no cost of predicting '0' for a row of the class '1'."),
        ("", "The metric neg_cost needs GATEKEEPER_COSTS"),
    ):
        with pytest.raises(SettingsError, match=said):
            trained(store, data, costs)
    assert store.candidates.ids() == []


def test_a_recorded_score_by_other_costs_is_not_compared(store: ModelStore) -> None:
    """The champion's files are damaged, so only its recorded score is left."""
    first = candidate(ACCURATE).publish(store)
    gatekeeper_of(store, BY_COST).poll()
    registry = store.decision_log().registry
    assert registry is not None
    assert registry.candidate_id == first
    (store.models.directory(registry.digest) / ARTEFACT).write_text("{}")

    doubled = {"yes": {"no": 100.0}, "no": {"yes": 2.0}}
    by_others = BY_COST.model_copy(update={"costs": doubled})
    found = candidate(CAUTIOUS, costs=doubled, holdout_metrics={"neg_cost": -0.8})
    refused = found.publish(store)
    gatekeeper_of(store, by_others).poll()
    message = failed_checks(store, refused)["champion-comparison"]
    assert "Its cost was not recorded when it was promoted either." in message

    same = candidate(CAUTIOUS).publish(store)
    gatekeeper_of(store, BY_COST).poll()
    decision = store.decision_log().decision_on(same)
    assert decision is not None
    assert decision.outcome == "promoted"
