"""training.log follows from the decisions only."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.background import training_log
from gatekeeper.background.training_log import TrainingLog
from gatekeeper.decisions.rollback import roll_back
from shared.contract.documents import Decision
from shared.errors import StoreWriteError
from shared.store.durable_write import append_line
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, weak_candidate
from tests.support.stores.opened_files import opened_files


@pytest.fixture
def decided(store: ModelStore) -> ModelStore:
    """Create a store with a promotion, a refusal and a rollback."""
    toy_candidate(model_name="first").publish(store)
    weak_candidate().publish(store)
    gatekeeper_of(store).poll()
    promote(store, toy_model(bias=3.0))
    roll_back(store, 1)
    return store


def catch_up(store: ModelStore) -> bytes:
    TrainingLog(store.layout).catch_up(store.decision_log().entries)
    return store.layout.training_log.read_bytes()


def test_the_log_has_runs_and_decisions_in_order(decided: ModelStore) -> None:
    lines = [json.loads(line) for line in catch_up(decided).splitlines()]
    assert [line["event"] for line in lines] == [*["run", "decision"] * 3, "decision"]
    runs = [line for line in lines if line["event"] == "run"]
    assert runs[0]["selected"] == "first"
    assert runs[0]["candidates"] == {"first": {"accuracy": 1.0}}
    decisions = [line for line in lines if line["event"] == "decision"]
    assert [line["outcome"] for line in decisions] == [
        "promoted",
        "refused",
        "promoted",
        "rolled_back",
    ]
    assert [line["version"] for line in decisions] == [1, None, 2, 3]
    refused = decisions[1]
    assert (refused["challenger"], refused["champion"], refused["metric"]) == (0.2, 0.8, "accuracy")
    assert "is worse than" in refused["reasons"][0]


def test_each_decision_is_appended_to_the_file_that_people_follow(store: ModelStore) -> None:
    log = TrainingLog(store.layout)
    promote(store, toy_model())
    log.catch_up(store.decision_log().entries)
    inode, before = store.layout.training_log.stat().st_ino, store.layout.training_log.read_bytes()
    promote(store, toy_model())
    log.catch_up(store.decision_log().entries)
    assert store.layout.training_log.stat().st_ino == inode
    assert store.layout.training_log.read_bytes().startswith(before)
    assert len(store.layout.training_log.read_text().splitlines()) == 4


def remove(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def tear_the_last_line(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def lose_a_line(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def repeat_a_line(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data + data.splitlines(keepends=True)[-1])


def scribble(path: Path) -> None:
    path.write_bytes(b"nonsense\n" * 3)


def become_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    "damage",
    [remove, empty, tear_the_last_line, lose_a_line, repeat_a_line, scribble, become_a_link],
)
def test_any_damage_of_the_log_is_repaired(decided: ModelStore, damage: object) -> None:
    whole = catch_up(decided)
    log = TrainingLog(decided.layout)
    log.catch_up(decided.decision_log().entries)
    assert callable(damage)
    damage(decided.layout.training_log)
    log.catch_up(decided.decision_log().entries)
    assert decided.layout.training_log.read_bytes() == whole
    assert not decided.layout.training_log.is_symlink()


def test_a_new_decision_costs_only_its_own_lines(
    decided: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = list[int]()
    lines_of = training_log.decision_lines

    def count_lines_of(decision: Decision) -> Iterator[dict[str, Any]]:
        encoded.append(decision.number)
        return lines_of(decision)

    monkeypatch.setattr(training_log, "decision_lines", count_lines_of)
    log = TrainingLog(decided.layout)
    log.catch_up(decided.decision_log().entries)
    assert encoded == [1, 2, 3, 4]
    promote(decided, toy_model())
    entries = decided.decision_log().entries
    with opened_files() as opened:
        log.catch_up(entries)
        log.catch_up(entries)
    assert encoded == [1, 2, 3, 4, 5]
    assert opened == [decided.layout.training_log.name], "it is opened once, to append"
    assert decided.layout.training_log.read_bytes() == catch_up(decided)


def test_an_edit_that_keeps_the_length_is_repaired(decided: ModelStore) -> None:
    whole = catch_up(decided)
    log = TrainingLog(decided.layout)
    log.catch_up(decided.decision_log().entries)
    path = decided.layout.training_log
    before = path.stat().st_mtime_ns
    path.write_bytes(whole.replace(b"refused", b"REFUSED"))
    os.utime(path, ns=(before + 1, before + 1))  # also if both writes are within a tick
    log.catch_up(decided.decision_log().entries)
    assert path.read_bytes() == whole


def test_lines_that_two_gatekeepers_appended_are_repaired(
    decided: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = TrainingLog(decided.layout)
    log.catch_up(decided.decision_log().entries)
    promote(decided, toy_model())

    def append_twice(path: Path, line: bytes) -> None:
        append_line(path, line)
        append_line(path, line)

    monkeypatch.setattr(training_log, "append_line", append_twice)
    log.catch_up(decided.decision_log().entries)
    log.catch_up(decided.decision_log().entries)
    repaired = decided.layout.training_log.read_bytes()
    assert repaired == catch_up(decided)


def test_a_log_that_cannot_be_repaired_is_an_error(decided: ModelStore) -> None:
    decided.layout.training_log.unlink()
    decided.layout.training_log.mkdir()
    with pytest.raises(StoreWriteError, match=decided.layout.training_log.name):
        catch_up(decided)
