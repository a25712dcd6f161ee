"""Labels are durable before they are acknowledged, counted, and the last one wins."""

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatekeeper.feedback.feedback import Feedback, FeedbackCounts
from gatekeeper.feedback.label_index import LabelIndex
from gatekeeper.feedback.label_writer import LabelWriter
from gatekeeper.feedback.old_labels import OldLabels
from gatekeeper.feedback.received_label import ReceivedLabel
from shared.contract.layout import StoreLayout
from shared.errors import StoreWriteError
from shared.prediction_log.label import LabelValue, decode_label
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segment_lock import locked_if_free
from shared.prediction_log.segments import list_feedback_segments, read_labels
from shared.store.store import ModelStore
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.stores.logged_rows import make_oversized, make_row, write_labels, write_rows


def labels(*pairs: tuple[str, LabelValue]) -> list[ReceivedLabel]:
    return [ReceivedLabel(*pair) for pair in pairs]


def new_feedback(store: ModelStore) -> Feedback:
    """Start to receive labels that wait for a busy machine, so that they are counted."""
    return Feedback(store.layout, wait_seconds=PATIENCE_SECONDS)


def kept(layout: StoreLayout) -> list[tuple[str, LabelValue]]:
    return [
        (label.id, label.label)
        for path in list_feedback_segments(layout)
        for label in read_labels(path)
    ]


def test_repeated_contradicting_and_unknown_labels_are_counted(store: ModelStore) -> None:
    write_rows(store.layout, [make_row("a"), make_row("b"), make_row("b")])
    feedback = new_feedback(store)
    assert feedback.receive(labels(("a", 1), ("b", "x"))) == FeedbackCounts(2, 2, 0, 0, 0)
    assert feedback.receive(labels(("a", "1"), ("z", 1))) == FeedbackCounts(2, 1, 1, 0, 1)
    assert feedback.receive(labels(("a", 0), ("b", "x"), ("b", "y"), ("n", 1), ("n", 1))) == (
        FeedbackCounts(5, 1, 4, 2, 2)
    )
    assert feedback.receive([]) == FeedbackCounts(0, 0, 0, 0, 0)
    assert feedback.totals == {
        "received": 9,
        "new": 4,
        "replaced": 5,
        "contradicting": 2,
        "unknown": 3,
    }
    assert read_newest_labels(store.layout) == {"a": 0, "b": "y", "z": 1, "n": 1}


def test_a_row_that_is_published_or_removed_later_is_known_or_not(store: ModelStore) -> None:
    feedback = new_feedback(store)
    assert feedback.receive(labels(("a", 1))).unknown == 1
    path = write_rows(store.layout, [make_row("a")])
    feedback.rows.refresh()
    assert feedback.receive(labels(("a", 1))).unknown == 0
    path.unlink()
    feedback.rows.refresh()
    assert feedback.receive(labels(("a", 1))).unknown == 1


def test_oversized_segments_are_left_out(store: ModelStore) -> None:
    make_oversized(write_rows(store.layout, [make_row("a")]))
    write_rows(store.layout, [make_row("b")])
    make_oversized(write_labels(store.layout, [("b", 1)]))
    feedback = new_feedback(store)
    assert feedback.receive(labels(("a", 1), ("b", 1))) == FeedbackCounts(2, 2, 0, 0, 1)


def test_a_restarted_gatekeeper_knows_all_labels_and_writes_its_own_segment(
    store: ModelStore,
) -> None:
    new_feedback(store).receive(labels(*((str(n), n) for n in range(5000))))
    again = new_feedback(store)
    assert again.receive(labels(("4999", 4999), ("17", 0), ("new", 0))) == (
        FeedbackCounts(3, 1, 2, 1, 3)
    )
    assert [path.name for path in list_feedback_segments(store.layout)] == [
        "00000001.jsonl",
        "00000002.jsonl",
    ]


def test_the_last_label_of_an_id_is_found_among_many_segments(store: ModelStore) -> None:
    """Sorted segments are searched or walked through, by their size."""
    writer = new_feedback(store)
    for value in range(3):
        write_labels(store.layout, [(f"id {n}", value) for n in range(5000)], second=value)
    write_labels(store.layout, [("id 7", 9), ("id 8", 2)], second=2)
    changed = labels(*((f"id {n}", 2) for n in range(5001)))
    assert writer.receive(changed[6:10]) == FeedbackCounts(4, 0, 4, 1, 4)
    assert writer.receive(changed) == FeedbackCounts(5001, 1, 5000, 0, 5001)
    writer.close()


def test_two_gatekeepers_count_the_labels_of_both(store: ModelStore) -> None:
    one, other = new_feedback(store), new_feedback(store)
    one.receive(labels(("a", 1)))
    assert other.receive(labels(("a", 0))).contradicting == 1
    assert one.receive(labels(("a", 0))) == FeedbackCounts(1, 0, 1, 0, 1)
    assert kept(store.layout) == [("a", 1), ("a", 0), ("a", 0)]


def test_the_last_label_wins_also_if_the_clock_was_put_back(store: ModelStore) -> None:
    feedback = new_feedback(store)
    path = store.layout.feedback_segment(7)
    feedback.receive(labels(("b", 1)))
    path.write_bytes(b'{"id": "a", "label": 1, "received_at": "2126-01-01T00:00:00Z"}\n')
    assert feedback.receive(labels(("a", 0))).contradicting == 1
    assert read_newest_labels(store.layout)["a"] == 0


def test_segments_are_rolled_and_private(store: ModelStore) -> None:
    writer = LabelWriter(store.layout, max_bytes=10)
    for _ in range(3):
        writer.append(b"0123456789\n")
    modes = {path.name: oct(path.stat().st_mode) for path in store.layout.feedback.iterdir()}
    assert modes == {f"0000000{number}.jsonl": "0o100640" for number in (1, 2, 3)}


def test_simultaneous_requests_share_a_write(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first fsync waits until all other requests have come."""
    feedback = new_feedback(store)
    feedback.receive(labels(("first", 1)))
    synced = list[int]()

    def fsync(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 1:
            wait_for(lambda: feedback.waiting == 7, "the other requests")

    monkeypatch.setattr(os, "fsync", fsync)
    with ThreadPoolExecutor(8) as threads:
        sent = [threads.submit(feedback.receive, labels((f"id {n}", n))) for n in range(8)]
        assert {each.result().new for each in sent} == {1}
    assert len(kept(store.layout)) == 9
    assert len(synced) == 2, "one for the first request, and one for all others"


@pytest.mark.parametrize("before", [0, 1])
def test_a_failed_write_is_refused_leaves_nothing_and_ends_the_segment(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    feedback = new_feedback(store)
    for _ in range(before):
        feedback.receive(labels(("a", 1)))
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        if len(data) > 10:
            return real(descriptor, data[:10])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", write)
        with pytest.raises(StoreWriteError, match="No space left"):
            feedback.receive(labels(("b", 1)))
    assert kept(store.layout) == [("a", 1)] * before
    assert all(decode_label(line) for line in lines(store.layout))
    assert feedback.receive(labels(("b", 2))) == FeedbackCounts(1, 1, 0, 0, 1)
    assert len(list_feedback_segments(store.layout)) == before + 1


def lines(layout: StoreLayout) -> Sequence[bytes]:
    return [
        line for path in list_feedback_segments(layout) for line in path.read_bytes().splitlines()
    ]


def replace(path: Path) -> None:
    """Replace a segment as `make forget` does."""
    new = path.with_name(".tmp-new")
    new.write_bytes(b"")
    new.rename(path)


@pytest.mark.parametrize("change", [Path.unlink, replace])
def test_a_replaced_or_removed_segment_is_not_written_again(
    store: ModelStore, change: Callable[[Path], object]
) -> None:
    feedback = new_feedback(store)
    feedback.receive(labels(("a", 1)))
    change(store.layout.feedback_segment(1))
    assert feedback.receive(labels(("a", 0))) == FeedbackCounts(1, 1, 0, 0, 1)
    assert kept(store.layout) == [("a", 0)]


@pytest.mark.parametrize("change", [Path.unlink, replace])
def test_deleted_labels_leave_the_disk_although_no_others_come(
    store: ModelStore, change: Callable[[Path], object]
) -> None:
    feedback = Feedback(store.layout, chore_seconds=0.01)
    feedback.receive(labels(("a", 1)))
    path = store.layout.feedback_segment(1)
    deleted = path.stat().st_ino
    assert deleted in open_files()
    change(path)
    wait_for(lambda: deleted not in open_files(), "the gatekeeper to close the segment")
    feedback.close()


def open_files() -> set[int]:
    """Return the inodes of the files that this process has open."""
    found = set[int]()
    for descriptor in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):
            found.add(os.fstat(int(descriptor)).st_ino)
    return found


def test_a_segment_that_another_process_has_locked_delays_no_label(store: ModelStore) -> None:
    feedback = new_feedback(store)
    feedback.receive(labels(("a", 1)))
    path = store.layout.feedback_segment(1)
    with path.open("ab") as other, locked_if_free(other.fileno()):
        assert feedback.receive(labels(("b", 1))).new == 1
        assert len(list_feedback_segments(store.layout)) == 2
        later = datetime.now(UTC) + timedelta(days=9)
        assert OldLabels(store.layout, days=1).remove(later) == 1
    assert list_feedback_segments(store.layout) == [path]
    feedback.close()


def test_labels_that_come_while_earlier_ones_are_read_are_kept_and_not_counted(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_feedback(store).receive(labels(("a", 1)))
    read, may_read = LabelIndex.refresh, threading.Event()

    def read_later(index: LabelIndex) -> None:
        may_read.wait()
        read(index)

    ahead = store.layout.feedback_segment(7)
    ahead.write_bytes(
        b'{"id": "a", "label": 1, "received_at": "2126-01-01T00:00:00.000003Z"}\ntorn'
    )
    with monkeypatch.context() as slow:
        slow.setattr(LabelIndex, "refresh", read_later)
        feedback = Feedback(store.layout, wait_seconds=0.0)
        assert feedback.receive(labels(("a", 2))) == FeedbackCounts(1, None, None, None, None)
        assert read_newest_labels(store.layout) == {"a": 2}, "although the clock was put back"
        may_read.set()
        wait_for(lambda: feedback.rows.is_complete, "the first reading")
    assert feedback.receive(labels(("a", 2))) == FeedbackCounts(1, 0, 1, 0, 1)
    feedback.close()
