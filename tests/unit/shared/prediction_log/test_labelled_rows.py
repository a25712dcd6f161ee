"""The newest logged rows with labels are found, whichever files contain them."""

import os
from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout
from shared.prediction_log import segment_index
from shared.prediction_log.labelled_rows import find_labelled_lines, read_labelled_rows
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segment_index import SegmentIndex
from shared.prediction_log.segments import SegmentLines, SegmentStamp, read_lines
from tests.support.stores.logged_rows import make_row, write_labels, write_rows

CLASSES = ("no", "yes")


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path)


def found(layout: StoreLayout, most: int = 100, version: int | None = None) -> dict[str, object]:
    return {row.id: value for row, value in read_labelled_rows(layout, CLASSES, most, version)}


def test_a_store_without_a_log_has_no_labelled_rows(layout: StoreLayout) -> None:
    assert len(read_labelled_rows(layout, CLASSES, 10)) == 0
    write_labels(layout, [("a", "yes")])
    assert found(layout) == {}


def test_the_newest_rows_of_all_workers_are_returned_newest_first(layout: StoreLayout) -> None:
    for number in range(4):
        rows = [make_row(f"{number}-{i}", 100 * i + number) for i in range(3)]
        write_rows(layout, rows, worker=f"host-{number}")
    write_labels(layout, [(f"{number}-{i}", "no") for number in range(4) for i in range(3)])
    assert list(found(layout, 5)) == ["3-2", "2-2", "1-2", "0-2", "3-1"]


def test_only_rows_of_the_version_count_towards_its_number(layout: StoreLayout) -> None:
    write_rows(layout, [make_row(str(i), i, version=1 + i % 2) for i in range(10)])
    write_labels(layout, [(str(i), "no") for i in range(10)])
    assert list(found(layout, 3, version=1)) == ["8", "6", "4"]
    assert list(found(layout, 3)) == ["9", "8", "7"]


def test_the_last_label_of_an_id_counts_for_each_row_with_it(layout: StoreLayout) -> None:
    write_rows(layout, [make_row("order", 1), make_row("order", 2), make_row("other", 3)])
    write_labels(layout, [("order", "yes"), ("order", "no")], second=50)
    write_labels(layout, [("order", "yes")], second=90)
    write_labels(layout, [("order", "no")], second=70)  # another gatekeeper's segment
    rows = read_labelled_rows(layout, CLASSES, 10)
    assert [(row.features["x"], value) for row, value in rows] == [(2, "yes"), (1, "yes")]


def test_labels_that_are_not_a_class_are_counted(layout: StoreLayout) -> None:
    write_rows(layout, [make_row(str(i), i) for i in range(4)])
    write_labels(layout, [("0", "yes"), ("1", "maybe"), ("2", 7), ("3", True)])
    rows = read_labelled_rows(layout, CLASSES, 10)
    assert (len(rows), rows.unusable) == (1, 3)
    assert read_labelled_rows(layout, (), 10).unusable == 3  # 7 is a number


def test_lines_that_are_not_rows_are_left_out(layout: StoreLayout) -> None:
    path = write_rows(layout, [make_row("a", 1)])
    whole = path.read_bytes()
    path.write_bytes(b'{"id": "a", "version": 1}\nrubbish\n\xff\n' + whole + whole[:-20])
    labels = write_labels(layout, [("a", "yes")])
    labels.write_bytes(labels.read_bytes() + b'{"id": "a", "label": "no"')
    assert found(layout) == {"a": "yes"}


def test_segments_without_newer_rows_are_not_read(
    layout: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(5):
        write_rows(layout, [make_row(f"{i}-{j}", 1000 * i + j) for j in range(3)])
    rewritten = layout.prediction_segment("a-1", 1)
    os.utime(rewritten)  # as after `make forget`
    write_labels(layout, [(f"{i}-{j}", "no") for i in range(5) for j in range(3)])
    read = list[str]()

    def read_and_note(path: Path) -> SegmentLines:
        read.append(path.name)
        return read_lines(path)

    monkeypatch.setattr(segment_index, "read_lines", read_and_note)
    assert list(found(layout, 4)) == ["4-2", "4-1", "4-0", "3-2"]
    assert read == [f"{i:08d}.jsonl" for i in (1, 5, 4)]


def test_an_index_reads_a_segment_again_only_if_it_changed(
    layout: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [
        write_rows(layout, [make_row(f"{i}-{j}", 100 * i + j) for j in range(5)]) for i in (0, 1)
    ]
    index, labels = SegmentIndex(), {"0-3": "no", "1-1": "yes"}
    first = find_labelled_lines(layout, labels, 10, index=index)
    assert first == find_labelled_lines(layout, labels, 10)
    with monkeypatch.context() as patch:
        patch.delattr(segment_index, "read_lines")
        assert find_labelled_lines(layout, labels, 10, index=index) == first
        paths[1].unlink()
        assert find_labelled_lines(layout, labels, 10, index=index) == first[1:]
    replacement = paths[0].with_name("new")
    replacement.write_bytes(b"".join(paths[0].read_bytes().splitlines(keepends=True)[2:]))
    replacement.replace(paths[0])
    assert find_labelled_lines(layout, labels, 10, index=index) == first[1:]
    assert find_labelled_lines(layout, labels, 10, index=SegmentIndex(max_rows=1)) == first[1:]


def test_the_oldest_segments_of_labels_are_left_out_if_there_are_too_many(
    layout: StoreLayout,
) -> None:
    for i in range(3):
        write_labels(layout, [(f"{i}-{j}", "no") for j in range(10)], second=i)
    size = layout.feedback_segment(1).stat().st_size
    labels = read_newest_labels(layout, 2 * size)
    assert {name[0] for name in labels} == {"1", "2"}
    assert len(read_newest_labels(layout, 1)) == 10


def test_a_busy_segment_with_a_low_number_is_newer_than_an_idle_one(layout: StoreLayout) -> None:
    """The first of two gatekeepers goes on writing to its own segment."""
    for number, (label, second) in enumerate([("yes", 2), ("no", 1), ("no", 0)], 1):
        path = write_labels(layout, [("a", label), (f"row-{number}", "no")], second=second)
        os.utime(path, (1000 + second, 1000 + second))
    size = path.stat().st_size
    assert read_newest_labels(layout, 2 * size + 1) == {"a": "yes", "row-1": "no", "row-2": "no"}


def test_rows_of_a_wrong_clock_do_not_crowd_out_others(layout: StoreLayout) -> None:
    write_rows(layout, [make_row("far", 9e9), make_row("hours", 18_000), make_row("a", 1)])
    write_rows(layout, [make_row("b", 2), make_row("c", 3)], worker="b-1")
    write_labels(layout, [(name, "no") for name in ("far", "hours", "a", "b", "c")])
    assert list(found(layout)) == ["c", "b", "a", "hours"]
    assert list(found(layout, 2)) == ["c", "b"]


@pytest.mark.parametrize("changed_ns", [2**80, -(2**80)])
def test_a_segment_may_have_any_time_of_change(
    layout: StoreLayout, monkeypatch: pytest.MonkeyPatch, changed_ns: int
) -> None:
    """Some file systems store times that Python's `datetime` cannot."""
    path = write_rows(layout, [make_row("a", 1)])
    stamp = SegmentStamp(1, path.stat().st_size, changed_ns)
    monkeypatch.setattr(SegmentStamp, "take", lambda _: stamp)
    assert len(find_labelled_lines(layout, {"a": "no"}, 1)) == (changed_ns > 0)
