"""Labels are removed when they are old and no logged row can need them."""

import fcntl
import os
from datetime import timedelta
from pathlib import Path

import pytest

from gatekeeper.feedback import old_labels
from gatekeeper.feedback.hidden_labels import hide_segment
from gatekeeper.feedback.label_writer import LabelWriter
from gatekeeper.feedback.old_labels import OldLabels
from shared.contract.layout import StoreLayout
from shared.prediction_log.label import Label, encode_label
from shared.prediction_log.newest_labels import read_newest_labels
from shared.store.store import ModelStore
from tests.support.stores.logged_rows import (
    START,
    make_oversized,
    make_row,
    write_labels,
    write_rows,
)

DAY = 86_400.0


def aged(path: Path, day: float) -> Path:
    """Let the segment be written last *day* days after START."""
    changed = START.timestamp() + day * DAY
    os.utime(path, (changed, changed))
    return path


def remove(store: ModelStore, day: float) -> int:
    return OldLabels(store.layout, days=30).remove(START + timedelta(days=day))


def test_only_segments_with_nothing_but_old_labels_are_removed(store: ModelStore) -> None:
    aged(write_labels(store.layout, [("old", 1)]), 0)
    aged(write_labels(store.layout, [("new", 1)], second=5 * DAY), 5)
    assert remove(store, 29) == 0
    assert remove(store, 31) == 1
    assert read_newest_labels(store.layout) == {"new": 1}


def test_a_label_stays_as_long_as_a_row_that_is_older(store: ModelStore) -> None:
    aged(write_labels(store.layout, [("a", 1)], second=DAY), 1)
    row = write_rows(store.layout, [make_row("b", 0.5 * DAY), make_row("c", 50 * DAY)])
    assert remove(store, 60) == 0
    row.unlink()
    assert remove(store, 60) == 1


def test_oversized_segments_keep_no_label_and_stay(store: ModelStore) -> None:
    aged(write_labels(store.layout, [("a", 1)], second=DAY), 1)
    large = write_labels(store.layout, [("b", 1)], second=DAY)
    make_oversized(large)
    aged(large, 1)
    make_oversized(write_rows(store.layout, [make_row("c")]))
    assert remove(store, 60) == 1
    assert large.exists()


def test_a_segment_whose_clock_was_ahead_stays(store: ModelStore) -> None:
    aged(write_labels(store.layout, [("a", 1)], second=50 * DAY), 0)
    assert remove(store, 60) == 0


def label(name: str, value: int, day: float) -> bytes:
    return encode_label(Label(name, value, START + timedelta(days=day)))


def test_an_older_label_never_returns_because_a_newer_one_was_removed(store: ModelStore) -> None:
    """One gatekeeper has both old and new labels, another one only a correction."""
    store.layout.feedback.mkdir(parents=True)
    lasting, correction = store.layout.feedback_segment(1), store.layout.feedback_segment(2)
    lasting.write_bytes(label("a", 1, 0) + label("b", 1, 50))
    correction.write_bytes(label("a", 0, 10))
    aged(lasting, 50)
    aged(correction, 10)
    assert remove(store, 60) == 0
    assert read_newest_labels(store.layout) == {"a": 0, "b": 1}
    assert remove(store, 81) == 2


def test_a_segment_ends_after_a_day_so_that_its_labels_can_be_removed(store: ModelStore) -> None:
    writer = LabelWriter(store.layout, max_seconds=0.0)
    writer.append(label("a", 1, 0))
    writer.append(label("b", 1, 40))
    writer.close()
    aged(store.layout.feedback_segment(1), 0)
    assert remove(store, 60) == 1
    assert read_newest_labels(store.layout) == {"b": 1}


def refuse_locks(*_arguments: object) -> None:
    raise OSError(37, "No locks available")


@pytest.mark.parametrize("is_before", [True, False])
def test_a_label_that_comes_during_the_removal_is_kept_without_locks_too(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, *, is_before: bool
) -> None:
    writer = LabelWriter(store.layout)
    writer.append(label("old", 1, 0))
    aged(store.layout.feedback_segment(1), 0)

    def hide(layout: StoreLayout, path: Path) -> Path | None:
        if is_before:
            writer.append(label("new", 1, 59))
        hidden = hide_segment(layout, path)
        if not is_before:
            writer.append(label("new", 1, 59))
        return hidden

    monkeypatch.setattr(fcntl, "flock", refuse_locks)
    monkeypatch.setattr(old_labels, "hide_segment", hide)
    assert remove(store, 60) == (0 if is_before else 1)
    assert read_newest_labels(store.layout) == {"new": 1, **({"old": 1} if is_before else {})}
    writer.close()


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_segment_that_a_killed_gatekeeper_has_hidden_returns(
    store: ModelStore, *, is_taken: bool
) -> None:
    path = write_labels(store.layout, [("a", 1)], second=59 * DAY)
    path.rename(store.layout.hidden_feedback_segment(path.name))
    if is_taken:
        LabelWriter(store.layout).append(label("b", 1, 59))
    assert remove(store, 60) == 0
    assert read_newest_labels(store.layout) == {"a": 1, **({"b": 1} if is_taken else {})}
    assert not list(store.layout.feedback.glob(".*"))
