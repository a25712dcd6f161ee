"""Workers show their calls in shared memory, and the parent shows the quarantine."""

import os

from predictor.supervision.failure_book import FailureBook
from predictor.supervision.shared_records import (
    LANES,
    LOAD_LANE,
    MAX_WORKERS,
    SharedRecords,
    lane_index,
)
from predictor.supervision.stopwatch import LOOP, Stopwatch
from tests.support.processes.forks import fork

DIGESTS = [f"sha256:{number:064x}" for number in range(1, 3)]


def test_a_fork_shows_its_calls_and_its_end_leaves_them() -> None:
    records = SharedRecords()

    def call() -> None:
        record = records.worker(MAX_WORKERS - 1)
        for lane, digest in zip((LOAD_LANE, LANES - 1), DIGESTS, strict=True):
            record.name_lane(lane, digest)
            record.words[lane_index(lane)] = 7.0 + lane
        record.count_memory_failure(DIGESTS[1])
        record.loop_beat = 3.0
        os._exit(0)

    fork(call).wait()
    record = records.worker(MAX_WORKERS - 1)
    assert dict(record.running()) == {LOAD_LANE: 7.0, LANES - 1: 7.0 + LANES - 1}
    assert [record.digest(lane) for lane, _ in record.running()] == DIGESTS
    assert (record.memory_failures, record.memory_digest) == (1, DIGESTS[1])
    assert record.loop_beat == 3.0
    assert not list(records.worker(MAX_WORKERS - 2).running())
    record.clear()
    assert not list(record.running())
    assert record.memory_failures == 0


def test_a_notice_reaches_a_fork_and_changes_the_generation() -> None:
    records = SharedRecords()
    assert records.read_notice() == {}
    before = records.generation
    records.write_notice({"quarantined": {}})
    assert records.generation != before

    def read() -> None:
        assert records.read_notice() == {"quarantined": {}}

    assert fork(read).wait() == 0


def test_the_largest_notice_fits() -> None:
    book = FailureBook()
    for number in range(100):
        for _ in range(2):
            book.record(f"sha256:{number:064x}", 300 * "x", 1e9, in_load=True)
    records = SharedRecords()
    records.write_notice(book.notice())
    assert records.read_notice() == book.notice()


def test_a_stopwatch_adds_up_the_time_of_the_same_call() -> None:
    record = SharedRecords().worker(0)
    stopwatch = Stopwatch(record, longest_step=0.5)
    assert stopwatch.look(0.25) == {}
    record.words[lane_index(1)] = 10.0
    record.loop_beat = 10.0
    assert stopwatch.look(0.25) == {1: 0.0, LOOP: 0.0}
    assert stopwatch.look(0.25) == {1: 0.25, LOOP: 0.25}
    record.loop_beat = 10.5
    assert stopwatch.look(0.25) == {1: 0.5, LOOP: 0.0}
    record.words[lane_index(1)] = 11.0
    assert stopwatch.look(0.25) == {1: 0.0, LOOP: 0.25}


def test_a_pause_of_the_predictor_is_not_a_slow_call() -> None:
    record = SharedRecords().worker(0)
    stopwatch = Stopwatch(record, longest_step=0.5)
    record.words[lane_index(1)] = 10.0
    stopwatch.look(0.25)
    assert stopwatch.look(3600.0)[1] == 0.5
