"""The trainer waits for the workers that were live at the decision. Clocks do not matter."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.contract.heartbeat import Heartbeat
from shared.store.heartbeats import Heartbeats
from shared.store.store import ModelStore
from tests.support.processes.wait_until import PATIENCE_SECONDS
from tests.support.stores.fake_services import worker
from trainer.publishing.rollout import Rollout, RolloutStatus

DECIDED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Clock:
    """A trainer's monotonic clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Run:
    """One run of a trainer, up to the decision."""

    def __init__(self, store: ModelStore) -> None:
        self.clock = Clock()
        self._store = store
        self.rollout = Rollout(Heartbeats(store.layout, self.clock), self.clock)

    def beat(self, name: str, version: int | None, ms: int = 0, ahead: float = 0.0) -> None:
        """Let a worker beat that loaded its version *ms* after the decision, by its own clock."""
        loaded = DECIDED_AT + timedelta(milliseconds=ms, seconds=ahead)
        beat = worker(name, version, loaded_at=loaded, beat_at=datetime.now(UTC))
        self._store.heartbeats.write(beat.model_copy(update={"heartbeat_seconds": 1.0}))

    def publish(self, seconds: float = 3.0) -> None:
        """Publish after a training of these seconds."""
        self.clock.seconds += seconds
        self.rollout.note_publication()

    def look_for(self, seconds: int) -> None:
        """Look once a second for some seconds."""
        for _ in range(seconds):
            self.clock.seconds += 1
            self.rollout.look()

    def watch(
        self,
        version: int = 3,
        on_wait: Callable[[RolloutStatus], None] = lambda _: None,
        patience: float = PATIENCE_SECONDS,
    ) -> RolloutStatus:
        return self.rollout.wait(version, DECIDED_AT, time.monotonic() + patience, on_wait)


@pytest.fixture
def run(store: ModelStore) -> Run:
    return Run(store)


def names(workers: tuple[Heartbeat, ...]) -> list[str]:
    return [each.worker for each in workers]


def test_a_rollout_is_complete_with_its_last_worker(run: Run) -> None:
    run.beat("a", 2)
    run.beat("b", 2)
    run.publish()
    run.clock.seconds += 1
    run.beat("a", 3, 40)
    run.beat("b", 3, 140)

    fleet = run.watch()

    assert (len(fleet.converged), len(fleet.workers), fleet.convergence_ms) == (2, 2, 140)
    assert (fleet.came, fleet.went) == (0, 0)


def test_a_worker_that_follows_later_is_waited_for(run: Run) -> None:
    run.beat("a", 2)
    run.publish()
    seen = threading.Event()

    def follow() -> None:
        seen.wait(PATIENCE_SECONDS)
        run.clock.seconds += 1
        run.beat("a", 3, 80)

    follower = threading.Thread(target=follow)
    follower.start()
    fleet = run.watch(on_wait=lambda _: seen.set())
    follower.join()

    assert (names(fleet.converged), fleet.convergence_ms) == (["a"], 80)


def test_a_worker_that_a_later_version_overtook_is_there(run: Run) -> None:
    run.publish()
    run.beat("a", 4, 900)

    assert run.watch().is_complete


def test_without_heartbeats_there_is_nothing_to_wait_for(run: Run) -> None:
    run.publish()
    fleet = run.watch()

    assert (fleet.is_complete, fleet.workers, fleet.silent) == (True, (), ())


@pytest.mark.parametrize("ahead", [0, 3600, -3600])
def test_a_dead_worker_delays_nothing_whatever_its_clock_says(run: Run, ahead: float) -> None:
    run.beat("dead", 2, ahead=ahead)
    run.look_for(7)
    run.publish(seconds=0)
    run.beat("a", 2)
    run.rollout.look()
    run.clock.seconds += 1
    run.beat("a", 3, 40)

    fleet = run.watch()

    assert (names(fleet.workers), names(fleet.silent)) == (["a"], ["dead"])
    assert fleet.went == 0, "it was never seen alive"


def test_if_only_dead_workers_are_there_the_fleet_is_waited_for_until_they_are_known(
    run: Run,
) -> None:
    run.beat("dead", 2)
    run.rollout.look()
    run.publish()
    looks: list[list[str]] = []

    def note(status: RolloutStatus) -> None:
        looks.append(names(status.workers))
        run.clock.seconds += 1

    fleet = run.watch(on_wait=note)

    assert looks == [["dead"]] * 4, "two intervals count before the publication"
    assert (names(fleet.workers), names(fleet.silent)) == ([], ["dead"])


def test_a_fleet_that_fell_silent_is_waited_for(run: Run) -> None:
    run.beat("a", 2)
    run.rollout.look()
    run.beat("a", 2)
    run.publish()
    run.look_for(6)
    looks: list[list[str]] = []

    def come_back(status: RolloutStatus) -> None:
        looks.append(names(status.silent))
        run.beat("a", 3, 900)

    fleet = run.watch(on_wait=come_back)

    assert looks == [["a"]]
    assert names(fleet.converged) == ["a"]


@pytest.mark.parametrize("ahead", [3600, -3600])
def test_a_live_worker_on_a_host_with_another_clock_is_waited_for(run: Run, ahead: float) -> None:
    run.beat("far", 2, ahead=ahead)
    run.publish()
    run.clock.seconds += 0.5

    def follow(_: RolloutStatus) -> None:
        run.clock.seconds += 0.25
        run.beat("far", 3, 80, ahead=ahead)

    fleet = run.watch(on_wait=follow)

    assert names(fleet.converged) == ["far"]
    assert fleet.convergence_ms == 250, "clocks that contradict the trainer's own do not count"


def test_workers_that_start_after_the_decision_do_not_stretch_the_line(run: Run) -> None:
    for name in ("a", "b"):
        run.beat(name, 2)
    run.publish()
    for name in ("a", "b"):
        run.beat(name, 2)
    run.rollout.look()
    run.clock.seconds += 1
    run.beat("a", 3, 140)
    run.beat("new", None)
    run._store.heartbeats.remove("b")

    fleet = run.watch()

    assert (names(fleet.workers), fleet.came, fleet.went) == (["a"], 1, 1)
    assert fleet.convergence_ms == 140


def test_if_all_workers_went_those_that_came_are_waited_for(run: Run) -> None:
    run.beat("old", 2)
    run.publish()
    run.beat("old", 2)
    run.rollout.look()
    run._store.heartbeats.remove("old")
    run.beat("new", None)

    fleet = run.watch(on_wait=lambda _: run.beat("new", 3, 700))

    assert (names(fleet.converged), fleet.came, fleet.went) == (["new"], 1, 1)


def test_after_the_wait_the_rollout_may_be_incomplete(run: Run) -> None:
    run.beat("a", 2)
    run.beat("b", 2)
    run.publish()
    run.beat("a", 3, 40)

    fleet = run.watch(patience=0)

    assert (names(fleet.converged), names(fleet.workers)) == (["a"], ["a", "b"])


def test_a_worker_that_loaded_before_the_decision_by_its_clock_gives_no_negative_time(
    run: Run,
) -> None:
    run.publish()
    run.beat("a", 3, -5)

    assert run.watch().convergence_ms == 0
