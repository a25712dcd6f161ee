"""The checker names every damage of the prediction log and of labels, and quotes nobody's data."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.stores.logged_rows import make_oversized
from tests.support.stores.row_logs import (
    WORKER,
    logged,
    write_hidden_rows,
    write_labels,
    write_rows,
)

PERSON = "jane.doe"
OTHER_LINE = b'{"id": "jane.doe", "number": NaN}\n'


@pytest.fixture
def used(store: ModelStore) -> ModelStore:
    """Make a store with one segment of rows and one of labels."""
    write_rows(store.layout, 1, [logged(PERSON), logged("other")])
    write_labels(store.layout, 1, {PERSON: "benign"})
    return store


def found(store: ModelStore) -> list[str]:
    messages = [f"{issue.kind}: {issue.message}" for issue in check_store(store)]
    assert not any(PERSON in message for message in messages), "a line is data of a person"
    return messages


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def move_and_link(path: Path) -> None:
    away = path.rename(path.parents[1] / "away")
    path.symlink_to(away)


def rows(store: ModelStore) -> Path:
    return store.layout.prediction_segment(WORKER, 1)


def labels(store: ModelStore) -> Path:
    return store.layout.feedback_segment(1)


def test_rows_and_labels_are_nothing_to_report(used: ModelStore) -> None:
    assert found(used) == []


DAMAGES: dict[str, tuple[Callable[[ModelStore], object], str, str]] = {
    "an invalid row": (
        lambda s: append(rows(s), OTHER_LINE),
        "note",
        "00000001.jsonl has invalid lines: 3.",
    ),
    "many invalid labels": (
        lambda s: append(labels(s), 12 * OTHER_LINE),
        "note",
        "invalid lines: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more.",
    ),
    "an oversized segment": (
        lambda s: make_oversized(rows(s)),
        "error",
        "00000001.jsonl has 67,108,865 bytes, but a segment has at most 64 MiB.",
    ),
    "an unfinished label": (
        lambda s: append(labels(s), OTHER_LINE[:-1]),
        "note",
        "ends with an unfinished line of 33 bytes",
    ),
    "a hidden segment": (
        lambda s: write_hidden_rows(s.layout, 2, [logged(PERSON)]),
        "note",
        ".tmp-00000002.jsonl is left over, or is being written",
    ),
    "a foreign file of a worker": (
        lambda s: (rows(s).parent / "notes").touch(),
        "error",
        "notes does not belong to a store",
    ),
    "a foreign file beside labels": (
        lambda s: (labels(s).parent / "1.jsonl").touch(),
        "error",
        "1.jsonl does not belong to a store",
    ),
    "a foreign file beside workers": (
        lambda s: (s.layout.predictions / "a b").touch(),
        "error",
        "a b does not belong to a store",
    ),
    "a linked segment": (
        lambda s: (rows(s).parent / "00000002.jsonl").symlink_to(rows(s)),
        "error",
        "is a symbolic link",
    ),
    "labels that are a link": (
        lambda s: move_and_link(labels(s).parent),
        "error",
        "is a symbolic link",
    ),
    "torn deletions": (
        lambda s: s.layout.deletions.write_text('{"format_version": 1'),
        "error",
        "Restore the file from a backup",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named(used: ModelStore, name: str) -> None:
    damage, kind, message = DAMAGES[name]
    damage(used)
    assert any(each.startswith(f"{kind}: ") and message in each for each in found(used))
