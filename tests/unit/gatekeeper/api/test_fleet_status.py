"""The fleet is what the heartbeats say."""

from datetime import UTC, datetime, timedelta

import pytest

from gatekeeper.api.fleet_status import describe_fleet
from shared.contract.documents import Registry
from shared.contract.heartbeat import Heartbeat
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def registry(store: ModelStore) -> Registry:
    """Version 2."""
    promote(store, toy_model())
    return promote(store, toy_model())


def worker(
    name: str, serving: int | None, *, age_seconds: float = 0.0, error: str | None = None
) -> Heartbeat:
    return Heartbeat(
        worker=name,
        host="host",
        pid=7,
        beat_at=NOW - timedelta(seconds=age_seconds),
        heartbeat_seconds=1.0,
        desired_version=2,
        desired_digest=None,
        serving_version=serving,
        serving_digest=None,
        loaded_at=None,
        last_error=error,
    )


def test_a_fleet_on_one_version_has_converged(registry: Registry) -> None:
    fleet = describe_fleet([worker("a", 2), worker("b", 2)], registry, NOW)
    assert (fleet.registry_version, fleet.live, fleet.serving) == (2, 2, {"2": 2})
    assert fleet.converged
    assert [w.lag for w in fleet.workers] == [0, 0]


def test_a_worker_that_is_behind_prevents_convergence_and_reports_its_error(
    registry: Registry,
) -> None:
    beats = [worker("a", 2), worker("b", 1, error="golden rows differ")]
    fleet = describe_fleet(beats, registry, NOW)
    assert not fleet.converged
    assert fleet.serving == {"1": 1, "2": 1}
    assert (fleet.workers[1].lag, fleet.workers[1].last_error) == (1, "golden rows differ")


def test_a_dead_worker_is_shown_but_not_counted(registry: Registry) -> None:
    beats = [worker("a", 2), worker("gone", 1, age_seconds=5.1)]
    fleet = describe_fleet(beats, registry, NOW)
    assert fleet.converged
    assert (fleet.live, fleet.serving) == (1, {"2": 1})
    assert [(w.worker, w.live) for w in fleet.workers] == [("a", True), ("gone", False)]


def test_a_worker_without_a_model_serves_nothing(registry: Registry) -> None:
    fleet = describe_fleet([worker("a", None)], registry, NOW)
    assert not fleet.converged
    assert (fleet.serving, fleet.workers[0].lag) == ({}, None)


def test_an_empty_fleet_has_not_converged(registry: Registry) -> None:
    assert not describe_fleet([], registry, NOW).converged
    assert describe_fleet([], None, NOW).registry_version is None
