"""Every process reads the same rows: the newest ones, and the newest ones with a label."""

import os
from pathlib import Path

import pytest

from gatekeeper.evaluation import logged_data
from gatekeeper.evaluation.logged_data import find_logged_data
from gatekeeper.evidence.live_requests import LoggedData
from gatekeeper.sandbox.live_rows.log_reading import LogChangedError, read_live_rows
from shared.contract.layout import StoreLayout
from tests.support.stores.logged_rows import make_row, write_labels, write_rows


def find(layout: StoreLayout, most_rows: int) -> LoggedData:
    found = find_logged_data(layout, most_rows)
    assert found is not None
    return found


def read(layout: StoreLayout, most_rows: int) -> list[tuple[str, object]]:
    """Return the ids and labels of the rows that are read."""
    live = read_live_rows(find(layout, most_rows))
    return list(zip([row.id for row in live.rows], live.labels, strict=True))


@pytest.fixture
def layout(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path)


def test_the_newest_rows_of_all_workers_are_read(layout: StoreLayout) -> None:
    write_rows(layout, [make_row("a1", 1), make_row("a4", 4000)], "a-1")
    write_rows(layout, [make_row("b2", 2), make_row("b3", 3000)], "b-1")
    assert read(layout, 2) == [("a4", None), ("b3", None)]
    assert [name for name, _ in read(layout, 10)] == ["a4", "b3", "b2", "a1"]


def test_older_rows_are_read_if_they_have_a_label(layout: StoreLayout) -> None:
    write_rows(layout, [make_row(f"old-{number}", number) for number in range(5)])
    write_rows(layout, [make_row(f"new-{number}", 90_000 + number) for number in range(5)])
    write_labels(layout, [("old-3", "no"), ("old-1", "no"), ("new-4", "yes")])
    write_labels(layout, [("old-3", "yes")], second=1)
    assert read(layout, 2) == [("new-4", "yes"), ("new-3", None), ("old-3", "yes")]


def test_rows_of_a_wrong_clock_do_not_crowd_out_others(layout: StoreLayout) -> None:
    write_rows(layout, [make_row("far", 9e9), make_row("hours", 18_000), make_row("a", 1)])
    write_rows(layout, [make_row("b", 2), make_row("c", 3)], worker="b-1")
    write_labels(layout, [(name, "no") for name in ("far", "hours", "a")])
    labelled = [("hours", "no"), ("a", "no")]
    assert read(layout, 10) == [("c", None), ("b", None), ("a", "no"), ("hours", "no")]
    assert read(layout, 2) == [("c", None), ("b", None), *reversed(labelled)]


def test_the_last_changed_labels_are_read_in_the_order_of_their_numbers(
    layout: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rows(layout, [make_row("a"), make_row("b", 1)])
    for name, label, changed in [("a", "yes", 3000), ("b", "yes", 1000), ("a", "no", 2000)]:
        os.utime(write_labels(layout, [(name, label)]), (changed, changed))
    size = layout.feedback_segment(1).stat().st_size
    monkeypatch.setattr(logged_data, "MAX_LABEL_BYTES", 2 * size)
    assert read(layout, 10) == [("b", None), ("a", "no")]


def test_labels_that_arrive_meanwhile_do_not_count(layout: StoreLayout) -> None:
    write_rows(layout, [make_row("a"), make_row("b", 1)])
    labels = write_labels(layout, [("a", "yes")])
    found = find(layout, 10)
    with labels.open("ab") as file:
        file.write(b'{"id":"b","label":"yes","received_at":"2026-01-31T12:00:00Z"}\n')
    assert read_live_rows(found).labels == [None, "yes"]


@pytest.mark.parametrize("change", ["replaced", "removed", "cut", "a link"])
def test_a_segment_that_changes_meanwhile_is_reported(layout: StoreLayout, change: str) -> None:
    path = write_rows(layout, [make_row("a"), make_row("b", 1)])
    found = find(layout, 10)
    match change:
        case "replaced":
            other = path.with_name("other")
            other.write_bytes(path.read_bytes())
            other.rename(path)
        case "removed":
            path.unlink()
        case "cut":
            os.truncate(path, 5)
        case _:
            path.rename(path.with_name("moved"))
            path.symlink_to("moved")
    with pytest.raises(LogChangedError):
        read_live_rows(found)


def test_nothing_logged_and_nothing_readable_differ(layout: StoreLayout) -> None:
    assert find_logged_data(layout, 10) is None
    write_rows(layout, [make_row("a")]).write_bytes(b"")
    found = find_logged_data(layout, 10)
    assert found is not None
    assert found.predictions == ()
