"""Failures of the machine or the gatekeeper decide nothing, and hold up no other candidate."""

import logging
import os
from collections.abc import Sequence

import pytest

from gatekeeper.drift.drift_check import DriftCheck
from gatekeeper.evidence.evaluation_messages import ScoringRequest, ScoringResult
from shared.contract.documents import Registry
from shared.errors import (
    EvaluationUnavailableError,
    StoreWriteError,
)
from shared.store.store import ModelStore
from tests.integration.promotion.test_promotion import in_production
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import (
    HereEvaluator,
    MoodyEvaluator,
    gatekeeper_of,
    outcomes,
    weak_candidate,
)


def test_an_unavailable_evaluator_decides_nothing_and_keeps_the_order(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    evaluator = MoodyEvaluator()
    gatekeeper = gatekeeper_of(store, evaluator=evaluator)
    published = [toy_candidate().publish(store), weak_candidate().publish(store)]
    for _ in range(3):
        with pytest.raises(EvaluationUnavailableError):
            gatekeeper.poll()
    assert outcomes(store) == []
    judging = [each for each in caplog.messages if each.startswith("Judging candidate")]
    assert judging == [f"Judging candidate {published[0]}."], "later attempts are not announced"
    assert os.listdir(store.layout.models) == [], "nothing is left lying about"
    evaluator.is_down = False
    gatekeeper.poll()
    assert [e.decision.candidate_id for e in store.decision_log().entries] == published


def test_an_internal_error_holds_up_only_one_candidate(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    class Stumbling(HereEvaluator):
        def evaluate(self, requests: Sequence[ScoringRequest]) -> list[ScoringResult]:
            if requests[0].holdout_directory.name == unlucky:
                raise ZeroDivisionError
            return super().evaluate(requests)

    unlucky = toy_candidate().publish(store)
    lucky = toy_candidate().publish(store)
    gatekeeper = gatekeeper_of(store, evaluator=Stumbling())
    gatekeeper.poll()
    assert f"Candidate {unlucky} cannot be decided" in str(gatekeeper.decide_pending())
    assert [e.decision.candidate_id for e in store.decision_log().entries] == [lucky]
    assert caplog.text.count(f"Cannot decide candidate {unlucky}") == 1


def test_a_defect_in_the_look_for_drift_comes_after_decisions_and_is_logged_once(
    store: ModelStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = []

    def stumble(_check: DriftCheck, _registry: Registry | None) -> None:
        decided.append(outcomes(store))
        raise ZeroDivisionError

    monkeypatch.setattr(DriftCheck, "look", stumble)
    gatekeeper = gatekeeper_of(store)
    toy_candidate().publish(store)
    for _ in range(3):
        gatekeeper.poll()
    assert decided == [["promoted"]] * 3
    assert caplog.text.count("Could not look for drift") == 1


def test_a_candidate_withdrawn_meanwhile_is_not_decided(store: ModelStore) -> None:
    class Withdrawing(HereEvaluator):
        def prepare(self) -> None:
            for candidate_id in store.candidates.ids():
                store.candidates.remove(candidate_id)

    gatekeeper = gatekeeper_of(store, evaluator=Withdrawing())
    gatekeeper.sync()
    toy_candidate().publish(store)
    second = toy_candidate()
    second.publish(store)
    gatekeeper.decide_pending()
    assert len(outcomes(store)) == 1, "the second was gone before its turn"


def test_an_unwritable_training_log_does_not_stop_decisions(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.layout.training_log.mkdir()
    gatekeeper = gatekeeper_of(store)
    for _ in range(2):
        toy_candidate().publish(store)
        gatekeeper.poll()
    assert outcomes(store) == ["promoted", "promoted"]
    assert caplog.text.count("Could not write training.log") == 1, "it is said once"


def test_an_unwritable_registry_follows_at_the_next_poll(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(path: object, *_arguments: object) -> None:
        raise StoreWriteError(store.layout.registry, OSError(28, "No space left on device"))

    gatekeeper = gatekeeper_of(store)
    gatekeeper.poll()
    toy_candidate().publish(store)
    with monkeypatch.context() as broken:
        broken.setattr("shared.store.registry_file.replace_file", fails)
        with pytest.raises(StoreWriteError):
            gatekeeper.poll()
    assert "Decision 1 is committed" in caplog.text
    assert store.registry.read() is None
    gatekeeper.poll()
    assert in_production(store).version == 1
    assert outcomes(store) == ["promoted"]
