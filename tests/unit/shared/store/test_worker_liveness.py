"""A worker is alive while a reader sees its heartbeat change. Their clocks do not matter."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.store.worker_liveness import Liveness, WorkerLiveness
from tests.support.stores.fake_services import worker

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LIVE = Liveness(live=frozenset({"w"}))
UNJUDGED = Liveness(live=frozenset({"w"}), unjudged=frozenset({"w"}))
GONE = Liveness()


class Reader:
    """A reader whose clock the test sets; it sees a worker that beats once a second."""

    def __init__(self) -> None:
        self.tick = 0.0
        self._liveness = WorkerLiveness(lambda: self.tick)

    def sees(self, *, beat_at: float, began: float | None = None) -> Liveness:
        """Judge the worker by a heartbeat of this second of its own clock."""
        beat = worker("w", 1, beat_at=NOW + timedelta(seconds=beat_at))
        beats = (beat.model_copy(update={"heartbeat_seconds": 1.0}),)
        return self._liveness.judge(beats, self.tick if began is None else began)

    def sees_nothing(self) -> Liveness:
        return self._liveness.judge((), self.tick)


@pytest.mark.parametrize("ahead", [0, -3600, 3600, 300_000_000])
def test_a_worker_lives_while_its_heartbeat_changes(ahead: float) -> None:
    reader = Reader()
    assert reader.sees(beat_at=ahead) == UNJUDGED
    reader.tick = 1.0
    assert reader.sees(beat_at=ahead + 1) == LIVE
    for reader.tick in (2.0, 4.0, 6.0):
        assert reader.sees(beat_at=ahead + 1) == LIVE, "five intervals without a change"
    reader.tick = 6.1
    assert reader.sees(beat_at=ahead + 1) == GONE
    reader.tick = 7.0
    assert reader.sees(beat_at=ahead + 8) == LIVE


@pytest.mark.parametrize("ahead", [0, -3600, 3600])
def test_a_worker_that_died_before_the_first_look_is_gone_after_five_intervals(
    ahead: float,
) -> None:
    reader = Reader()
    for reader.tick in (0.0, 1.0, 3.0, 5.0):
        assert reader.sees(beat_at=ahead) == UNJUDGED
    reader.tick = 5.1
    assert reader.sees(beat_at=ahead) == GONE


def test_a_long_pause_between_two_looks_counts_as_two_intervals() -> None:
    reader = Reader()
    reader.sees(beat_at=0)
    for reader.tick in (3600.0, 7200.0):
        assert reader.sees(beat_at=0) == UNJUDGED, "the file server may have been away"
    reader.tick = 10800.0
    assert reader.sees(beat_at=0) == GONE
    reader.tick = 14400.0
    assert reader.sees(beat_at=14399) == LIVE


def test_a_change_of_anything_but_the_time_is_a_sign_of_life() -> None:
    liveness = WorkerLiveness(lambda: 0.0)
    frozen = worker("w", 1, beat_at=NOW)
    liveness.judge((frozen,), 0.0)
    assert liveness.judge((worker("w", 2, beat_at=NOW),), 0.0) == LIVE


def test_a_read_that_the_file_server_delayed_does_not_count() -> None:
    reader = Reader()
    reader.sees(beat_at=0)
    reader.tick = 1.0
    reader.sees(beat_at=1)
    for reader.tick in (22.0, 42.0, 62.0, 82.0):
        assert reader.sees(beat_at=1, began=reader.tick - 19.0) == LIVE, "it took 19 s"


def test_a_worker_that_returns_is_seen_for_the_first_time() -> None:
    reader = Reader()
    for reader.tick in (0.0, 2.0, 4.0, 6.0):
        found = reader.sees(beat_at=0)
    assert found == GONE
    assert reader.sees_nothing() == GONE
    assert reader.sees(beat_at=0) == UNJUDGED
