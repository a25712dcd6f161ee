"""The gatekeeper's metrics follow from the store: log, candidates and heartbeats."""

from collections.abc import Sequence

from gatekeeper.api.decision_history import DecisionHistory
from gatekeeper.api.prometheus import GatekeeperCollector, create_evaluation_times
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.live_score.score_board import ScoreBoard
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeping import (
    TrustingEvaluator,
    gatekeeper_of,
    weak_candidate,
)

PREFIX = "modelgate_gatekeeper_"


def read(
    store: ModelStore,
    *,
    blocked: bool = False,
    awaiting_approval: Sequence[str] = (),
    seconds: Sequence[float] = (),
) -> MetricsPage:
    evaluations = create_evaluation_times()
    for number in seconds:
        evaluations.observe(number)
    collector = GatekeeperCollector(
        store,
        DecisionHistory(store),
        blocked=blocked,
        evaluations=evaluations,
        awaiting_approval=awaiting_approval,
        live_scores=ScoreBoard("f1"),
    )
    return MetricsPage(collector.page().decode())


def test_on_an_empty_store_all_metrics_are_zero(store: ModelStore) -> None:
    page = read(store)
    assert page.all(f"{PREFIX}decisions_total") == {
        ("promoted",): 0,
        ("refused",): 0,
        ("inconclusive",): 0,
        ("unchanged",): 0,
        ("rolled_back",): 0,
    }
    assert set(page.all(f"{PREFIX}failed_checks_total").values()) == {0}
    for name in (
        "pending_candidates",
        "candidates_awaiting_approval",
        "waiting_candidates",
        "held_candidates",
        "blocked",
        "registry_version",
        "promoted_timestamp_seconds",
    ):
        assert page(PREFIX + name) == 0
    assert page.all(f"{PREFIX}fleet_workers") == {}


def test_decisions_are_counted_by_outcome_and_by_what_failed(store: ModelStore) -> None:
    for candidate in (toy_candidate(), toy_candidate(toy_model(bias=1.0)), weak_candidate()):
        candidate.publish(store)
    toy_candidate(claimed=0.5).publish(store)
    gatekeeper_of(store).poll()
    roll_back(store, 1)
    page = read(store)
    assert page.all(f"{PREFIX}decisions_total") == {
        ("promoted",): 2,
        ("refused",): 2,
        ("inconclusive",): 0,
        ("unchanged",): 0,
        ("rolled_back",): 1,
    }
    failed = page.all(f"{PREFIX}failed_checks_total")
    assert {key for key, count in failed.items() if count} == {
        ("champion-comparison",),
        ("score-reproduced",),
    }
    registry = store.registry.read()
    assert registry is not None
    assert page(f"{PREFIX}registry_version") == registry.version == 3
    assert page(f"{PREFIX}promoted_timestamp_seconds") == registry.promoted_at.timestamp()


def test_every_check_has_a_series_before_it_fails(store: ModelStore) -> None:
    promote(store, toy_model())
    toy_candidate(toy_model(bias=1.0)).publish(store)
    gatekeeper_of(store).poll()
    decision = store.decision_log().entries[-1].decision
    known = {name for (name,) in read(store).all(f"{PREFIX}failed_checks_total")}
    assert known >= {check.name for check in decision.checks}


def test_candidates_are_pending_until_they_are_decided(store: ModelStore) -> None:
    for _ in range(3):
        toy_candidate().publish(store)
    assert read(store, blocked=True)(f"{PREFIX}pending_candidates") == 3
    assert read(store, blocked=True)(f"{PREFIX}blocked") == 1
    gatekeeper_of(store, evaluator=TrustingEvaluator()).poll()
    assert read(store)(f"{PREFIX}pending_candidates") == 0


def test_gauges_with_an_old_name_show_the_same_numbers(store: ModelStore) -> None:
    candidates = [toy_candidate().publish(store) for _ in range(3)]
    page = read(store, awaiting_approval=candidates[:1])
    for old, new, number in (
        ("waiting_candidates", "pending_candidates", 2),
        ("held_candidates", "candidates_awaiting_approval", 1),
    ):
        assert page(PREFIX + old) == page(PREFIX + new) == number


def test_live_workers_are_counted_by_version(store: ModelStore) -> None:
    for name, version in (("a", 1), ("b", 2), ("c", 2), ("d", None)):
        store.heartbeats.write(worker(name, version))
    page = read(store)
    assert page.all(f"{PREFIX}fleet_workers") == {("1",): 1, ("2",): 2, ("none",): 1}


def test_evaluation_times_are_a_histogram_without_a_creation_time(store: ModelStore) -> None:
    page = read(store, seconds=(0.2, 400.0))
    name = f"{PREFIX}evaluation_duration_seconds"
    assert page(f"{name}_bucket", le="0.25") == 1
    assert page(f"{name}_bucket", le="300.0") == 1
    assert (page(f"{name}_count"), page(f"{name}_sum")) == (2, 400.2)
    assert not [family for family in page.families if family.endswith("_created")]
