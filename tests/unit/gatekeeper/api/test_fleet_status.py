"""The fleet is what the heartbeats say."""

from datetime import UTC, datetime, timedelta

import pytest

from gatekeeper.api.fleet_status import describe_fleet
from shared.contract.documents import Registry
from shared.contract.heartbeat import Heartbeat
from shared.store.fleet_survey import FleetSurvey, LeftOut
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


def survey(*beats: Heartbeat, gone: str = "") -> FleetSurvey:
    """Make the survey in which all workers live but those whose names are in *gone*."""
    return FleetSurvey(beats, live=frozenset(each.worker for each in beats) - set(gone.split()))


def test_a_fleet_on_one_version_has_converged(registry: Registry) -> None:
    fleet = describe_fleet(survey(worker("a", 2), worker("b", 2)), registry, NOW)
    assert (fleet.registry_version, fleet.live, fleet.serving) == (2, 2, {"2": 2})
    assert fleet.converged
    assert [w.lag for w in fleet.workers] == [0, 0]


def test_a_worker_that_is_behind_prevents_convergence_and_reports_its_error(
    registry: Registry,
) -> None:
    beats = [worker("a", 2), worker("b", 1, error="golden rows differ")]
    fleet = describe_fleet(survey(*beats), registry, NOW)
    assert not fleet.converged
    assert fleet.serving == {"1": 1, "2": 1}
    assert (fleet.workers[1].lag, fleet.workers[1].last_error) == (1, "golden rows differ")


def test_a_dead_worker_is_shown_but_not_counted(registry: Registry) -> None:
    beats = [worker("a", 2), worker("gone", 1, age_seconds=5.1)]
    fleet = describe_fleet(survey(*beats, gone="gone"), registry, NOW)
    assert fleet.converged
    assert (fleet.live, fleet.serving) == (1, {"2": 1})
    assert [(w.worker, w.live) for w in fleet.workers] == [("a", True), ("gone", False)]


def test_a_worker_without_a_model_serves_nothing(registry: Registry) -> None:
    fleet = describe_fleet(survey(worker("a", None)), registry, NOW)
    assert not fleet.converged
    assert (fleet.serving, fleet.workers[0].lag) == ({}, None)


def test_an_empty_fleet_has_not_converged(registry: Registry) -> None:
    assert not describe_fleet(survey(), registry, NOW).converged
    assert describe_fleet(survey(), None, NOW).registry_version is None


def test_a_worker_that_is_not_judged_yet_counts_as_live(registry: Registry) -> None:
    new = FleetSurvey((worker("a", 1),), live=frozenset({"a"}), unjudged=frozenset({"a"}))
    fleet = describe_fleet(new, registry, NOW)
    assert (fleet.live, fleet.converged) == (1, False)
    assert [(each.live, each.judged) for each in fleet.workers] == [(True, False)]


def test_a_clock_that_is_far_ahead_is_remarked_and_does_not_keep_a_worker_alive(
    registry: Registry,
) -> None:
    ahead = worker("a", 2, age_seconds=-3600)
    (shown,) = describe_fleet(survey(ahead, gone="a"), registry, NOW).workers
    assert (shown.live, shown.note) == (
        False,
        "Its clock is more than a minute ahead of the gatekeeper's.",
    )


def test_a_worker_that_lives_with_a_clock_behind_is_remarked(registry: Registry) -> None:
    late = worker("a", 2, age_seconds=3600)
    (shown,) = describe_fleet(FleetSurvey((late,), live=frozenset({"a"})), registry, NOW).workers
    assert (shown.live, shown.note) == (
        True,
        "Its clock is more than a minute behind the gatekeeper's.",
    )


def test_heartbeats_that_are_left_out_are_named_up_to_twenty(registry: Registry) -> None:
    left_out = tuple(LeftOut(f"{number}.json", "It is \x9b31m.") for number in range(23))
    fleet = describe_fleet(FleetSurvey((), left_out=left_out, not_read=7), registry, NOW)
    assert (fleet.unusable, fleet.unread, len(fleet.left_out)) == (23, 7, 22)
    assert fleet.left_out[0] == "Heartbeat left out: It is \\x9b31m."
    assert fleet.left_out[20].startswith("Heartbeats left out: 3 more")
    assert fleet.left_out[21].startswith("Heartbeats not read: 7 older ones")


def test_workers_with_the_production_model_in_quarantine_are_counted(registry: Registry) -> None:
    away = {"quarantined": (registry.digest,)}
    beats = [
        worker("a", 1, error="Version 2 is in quarantine.").model_copy(update=away),
        worker("b", 2),
        worker("c", 1, age_seconds=3600.0).model_copy(update=away),
        worker("d", 2).model_copy(update={"quarantined": (f"sha256:{64 * '0'}",)}),
    ]
    fleet = describe_fleet(survey(*beats, gone="c"), registry, NOW)
    assert [each.quarantined for each in fleet.workers] == [True, False, True, False]
    assert fleet.quarantined == 1, "only live workers count"
    assert not fleet.converged
    assert describe_fleet(survey(beats[0]), None, NOW).quarantined == 0
