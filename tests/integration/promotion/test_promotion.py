"""From a published candidate to a decision, on a real store; models are scored in this process."""

import os

import pytest

from gatekeeper.background import heartbeat_watch
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Registry
from shared.contract.layout import ARTEFACT, ONNX_MODEL, REFERENCE
from shared.maintenance.store_checker import check_store
from shared.store import heartbeats
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeping import (
    ACCURACY,
    HereEvaluator,
    failed_checks,
    gatekeeper_of,
    outcomes,
    weak_candidate,
)
from tests.support.stores.opened_files import opened_files


def in_production(store: ModelStore) -> Registry:
    """Check all invariants of the store and return the registry."""
    registry = store.registry.read()
    assert registry is not None
    assert registry == store.decision_log().registry
    assert store.models.read(registry.digest).files == registry.files
    assert not [finding for finding in check_store(store) if finding.kind == "error"]
    return registry


def test_the_first_candidate_goes_into_production(store: ModelStore) -> None:
    model = toy_model()
    candidate_id = toy_candidate(model, correct=9, model_name="first").publish(store)
    gatekeeper_of(store).poll()
    registry = in_production(store)
    assert (registry.version, registry.previous_version, registry.decision) == (1, None, 1)
    assert (registry.model_name, registry.candidate_id) == ("first", candidate_id)
    assert (registry.digest, registry.files) == (model.digest, model.descriptors)
    assert (registry.metric, registry.metrics) == ("accuracy", {"accuracy": 0.9})
    for name, data in model.files.items():
        assert (store.models.directory(model.digest) / name).read_bytes() == data
    copied = {*model.files, REFERENCE}
    assert set(os.listdir(store.models.directory(model.digest))) == copied
    assert sorted(os.listdir(store.layout.models)) == [store.models.directory(model.digest).name]


def test_a_worse_candidate_is_refused_and_production_stays(store: ModelStore) -> None:
    toy_candidate().publish(store)
    weak = weak_candidate().publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted", "refused"]
    assert in_production(store).version == 1
    assert list(failed_checks(store, weak)) == ["champion-comparison"]
    decision = store.decision_log().decision_on(weak)
    assert decision is not None
    assert decision.scores == {
        "challenger": 0.2,
        "champion": 0.8,
        "candidates": {"weak": {"accuracy": 0.2}},
    }
    assert (decision.failed[0].observed, decision.failed[0].required) == (0.2, 0.8)
    assert decision.registry is None


def test_both_models_are_scored_now_on_the_challengers_rows(store: ModelStore) -> None:
    evaluator = HereEvaluator()
    gatekeeper = gatekeeper_of(store, evaluator=evaluator)
    first, second = toy_model(bias=1.0), toy_model(bias=2.0)
    toy_candidate(first).publish(store)
    gatekeeper.poll()
    evaluator.jobs.clear()
    candidate_id = toy_candidate(second).publish(store)
    gatekeeper.poll()
    challenger, champion = evaluator.jobs
    assert (challenger.digest, champion.digest) == (second.digest, first.digest)
    assert champion.holdout_path == challenger.holdout_path
    assert challenger.holdout_path.parent == store.layout.candidate(candidate_id)
    assert champion.model_directory == store.models.directory(first.digest)
    assert challenger.model_directory.parent == store.layout.models, "the copy, not the candidate"


def test_candidates_are_decided_in_order_of_publication(store: ModelStore) -> None:
    published = [toy_candidate(toy_model(bias=bias)).publish(store) for bias in (1.0, 2.0, 3.0)]
    gatekeeper_of(store).poll()
    decided = [entry.decision.candidate_id for entry in store.decision_log().entries]
    assert decided == published
    assert in_production(store).version == 3
    gatekeeper_of(store).poll()
    assert len(outcomes(store)) == 3, "a decided candidate is not decided again"


def test_a_tie_and_even_the_same_bytes_are_promoted_as_a_new_version(store: ModelStore) -> None:
    evaluator = HereEvaluator()
    for _ in range(2):
        toy_candidate().publish(store)
    gatekeeper_of(store, evaluator=evaluator).poll()
    assert outcomes(store) == ["promoted", "promoted"]
    registry = in_production(store)
    assert (registry.version, registry.previous_version) == (2, 1)
    assert len(store.models.digests()) == 1
    assert len(evaluator.jobs) == 2, "an identical champion is not scored a second time"


def test_skip_identical_leaves_production_unchanged(store: ModelStore) -> None:
    policy = ACCURACY.model_copy(update={"skip_identical": True})
    for model in (toy_model(), toy_model(), toy_model(bias=1.0)):
        toy_candidate(model).publish(store)
    gatekeeper_of(store, policy).poll()
    assert outcomes(store) == ["promoted", "unchanged", "promoted"]
    assert in_production(store).version == 2


def test_a_first_candidate_below_the_floor_is_refused(store: ModelStore) -> None:
    candidate_id = toy_candidate(correct=8).publish(store)
    gatekeeper_of(store, ACCURACY.model_copy(update={"floor": 0.9})).poll()
    assert list(failed_checks(store, candidate_id)) == ["score-floor"]
    assert store.registry.read() is None
    assert store.models.digests() == []


def test_a_candidate_of_another_metric_is_refused(
    store: ModelStore,
) -> None:
    candidate_id = toy_candidate().publish(store)
    gatekeeper_of(store, GatePolicy(metric="f1")).poll()
    assert "metric-matches" in failed_checks(store, candidate_id)


def test_a_damaged_champion_is_compared_by_its_recorded_score(store: ModelStore) -> None:
    champion = toy_model(bias=1.0)
    toy_candidate(champion, correct=9).publish(store)
    gatekeeper_of(store).poll()
    (store.models.directory(champion.digest) / ONNX_MODEL).write_bytes(b"damaged")
    worse = toy_candidate(toy_model(bias=2.0), correct=8).publish(store)
    as_good = toy_candidate(toy_model(bias=3.0), correct=9).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted", "refused", "promoted"]
    message = failed_checks(store, worse)["champion-comparison"]
    assert "0.8000 is worse than the 0.9000" in message
    assert "recorded" in message
    assert ONNX_MODEL in message
    assert store.decision_log().decision_on(as_good) is not None


@pytest.mark.parametrize("missing", [ARTEFACT, None])
def test_a_missing_champion_is_compared_by_its_recorded_score(
    store: ModelStore, missing: str | None
) -> None:
    champion = promote(store, toy_model())
    directory = store.models.directory(champion.digest)
    if missing is None:
        directory.rename(store.layout.root / ".gone")
    else:
        (directory / missing).unlink()
    toy_candidate(toy_model(bias=2.0), correct=9).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted", "refused"], "the recorded score is 1.0"


def test_publishing_the_champion_again_repairs_its_files(store: ModelStore) -> None:
    model = toy_model()
    toy_candidate(model).publish(store)
    gatekeeper_of(store).poll()
    (store.models.directory(model.digest) / ONNX_MODEL).unlink()
    toy_candidate(model).publish(store)
    gatekeeper_of(store).poll()
    assert in_production(store).version == 2


def test_old_models_are_pruned_and_their_decisions_stay(store: ModelStore) -> None:
    gatekeeper = gatekeeper_of(store, keep_models=2)
    for bias in (1.0, 2.0, 3.0, 4.0):
        toy_candidate(toy_model(bias=bias)).publish(store)
    gatekeeper.poll()
    gatekeeper.poll()
    assert set(store.models.digests()) == {toy_model(bias=bias).digest for bias in (3.0, 4.0)}
    assert outcomes(store) == ["promoted"] * 4
    assert in_production(store).version == 4


def test_a_decision_reads_again_neither_heartbeats_nor_earlier_decisions(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "RECENT_SECONDS", 3600.0)
    monkeypatch.setattr(heartbeat_watch, "LOOK_SECONDS", 3600.0)
    store.heartbeats.write(worker("a", 1))
    gatekeeper = gatekeeper_of(store)
    for _ in range(2):
        toy_candidate().publish(store)
        gatekeeper.poll()
    third = toy_candidate().publish(store)
    with opened_files() as opened:
        gatekeeper.poll()
    assert store.decision_log().is_decided(third)
    assert not {"a.json", store.layout.decision(1).name, store.layout.decision(2).name} & {*opened}
    (store.layout.serving / "b.json").write_bytes(worker("b", 1).encode())
    toy_candidate().publish(store)
    with opened_files() as opened:
        gatekeeper.poll()
    assert {"a.json", "b.json"} <= {*opened}, "a worker came"
