"""A version that most hosts cannot load is rolled back, but not for one host with a defect."""

from collections.abc import Sequence

import pytest

from gatekeeper.probation.loading import LoadingWatch
from shared.contract.documents import Registry
from shared.contract.heartbeat import Heartbeat
from shared.store.fleet_survey import FleetSurvey
from shared.store.store import ModelStore
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeping import outcomes
from tests.support.stores.probations import check_of, promote_two

ERROR = "The model has an operator that this runtime does not know."


def beat(registry: Registry, host: str, number: int, *, is_failing: bool) -> Heartbeat:
    serving = None if is_failing else registry.version
    found = worker(f"{host}-{number}-5f0c9a3e", serving, last_error=ERROR if is_failing else None)
    return found.model_copy(
        update={
            "host": host,
            "desired_version": registry.version,
            "desired_digest": registry.digest,
            "serving_digest": None if is_failing else registry.digest,
        }
    )


def survey_of(beats: Sequence[Heartbeat], unjudged: Sequence[str] = ()) -> FleetSurvey:
    names = frozenset(each.worker for each in beats)
    return FleetSurvey(tuple(beats), live=names, unjudged=frozenset(unjudged))


@pytest.mark.parametrize(
    ("hosts", "is_found"),
    [
        ({"a": [True]}, True),
        ({"a": [True, False]}, False),
        ({"a": [True] * 9, "b": [False]}, False),
        ({"a": [True], "b": [True], "c": [False]}, True),
        ({"a": [True], "b": [True], "c": [False], "d": [False]}, False),
    ],
    ids=["the only one", "one worker", "one sick host", "two of three", "half"],
)
def test_hosts_count_and_not_workers(
    store: ModelStore, hosts: dict[str, list[bool]], is_found: bool
) -> None:
    _, second = promote_two(store)
    beats = [
        beat(second, host, number, is_failing=is_failing)
        for host, workers in hosts.items()
        for number, is_failing in enumerate(workers)
    ]
    times = [0.0]
    watch = LoadingWatch(clock=lambda: times[-1])
    looks = []
    for now in (0.0, 9.0, 11.0):
        times.append(now)
        looks += [watch.look(survey_of(beats), second.digest)]
    assert [look is not None for look in looks] == [False, False, is_found]
    if is_found:
        assert looks[-1] is not None
        assert looks[-1].error == ERROR


def test_workers_that_are_gone_or_not_judged_do_not_count(store: ModelStore) -> None:
    _, second = promote_two(store)
    beats = [beat(second, "a", 1, is_failing=True)]
    watch = LoadingWatch(clock=iter(range(0, 1000, 100)).__next__)
    for found in (FleetSurvey(tuple(beats)), survey_of(beats, [beats[0].worker])):
        assert [watch.look(found, second.digest) for _ in range(2)] == [None, None]


def test_a_failure_to_load_another_model_does_not_count(store: ModelStore) -> None:
    first, second = promote_two(store)
    watch = LoadingWatch(clock=iter(range(0, 1000, 100)).__next__)
    found = survey_of([beat(first, "a", 1, is_failing=True)])
    assert [watch.look(found, second.digest) for _ in range(2)] == [None, None]


def test_a_version_that_no_worker_can_load_is_rolled_back(store: ModelStore) -> None:
    _, second = promote_two(store)
    failing = beat(second, "a", 1, is_failing=True)
    watch = LoadingWatch(clock=iter(range(0, 1000, 100)).__next__)
    check, log = check_of(store, loading=watch), store.decision_log()
    for seconds in range(4):  # a heartbeat that changes is alive
        later = failing.beat_at.replace(microsecond=seconds)
        store.heartbeats.write(failing.model_copy(update={"beat_at": later}))
        check.look(log)
    assert outcomes(store)[2:] == ["rolled_back"]
    (failed,) = store.decision_log().entries[-1].decision.failed
    assert failed.name == "probation-loading"
    assert failed.message == (
        "Version 2 failed its probation. The predictor cannot load it on 1 of 1 host; "
        f"at most half of all hosts may fail. {ERROR}"
    )
