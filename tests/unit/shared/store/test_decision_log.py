"""The log has one author for each entry, no gap, and shows when it was altered."""

import gc
import hashlib
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.contract.documents import Decision
from shared.errors import DecisionConflictError, LogCorruptError
from shared.store import decision_log
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.stores.opened_files import opened_files


def refusal(log: DecisionLog, candidate_id: str = "20260131T115958123456Z-00000000") -> Decision:
    return Decision(
        number=log.next_number,
        previous=log.head_sha256,
        candidate_id=candidate_id,
        outcome="refused",
        checks=(),
        decided_at=datetime.now(UTC),
        model_name="toy",
        metric="f1",
        scores={},
        registry=None,
    )


def test_entries_are_chained_and_counted_from_one(store: ModelStore) -> None:
    log = store.decision_log()
    for _ in range(3):
        log.append(refusal(log))
    read = store.decision_log()
    assert [entry.decision.number for entry in read.entries] == [1, 2, 3]
    assert [e.decision.previous for e in read.entries[1:]] == [e.sha256 for e in read.entries[:-1]]
    assert log.numbers_on_disk() == [1, 2, 3]


def test_a_gatekeeper_that_loses_a_race_must_refresh_the_log(store: ModelStore) -> None:
    mine, theirs = store.decision_log(), store.decision_log()
    late = refusal(mine)
    theirs.append(refusal(theirs))
    with pytest.raises(DecisionConflictError):
        mine.append(late)
    assert mine.refresh()
    mine.append(refusal(mine))
    assert theirs.refresh()
    assert theirs.entries == mine.entries


def test_racing_authors_lose_nothing_and_share_no_entry(store: ModelStore) -> None:
    won: list[list[str]] = [[], [], []]

    def author(name: int) -> None:
        log = store.decision_log()
        while len(won[name]) < 20:
            candidate = f"20260131T115958{len(won[name]):06}Z-0000000{name}"
            try:
                log.append(refusal(log, candidate))
            except DecisionConflictError:
                log.refresh()
            else:
                won[name].append(candidate)

    threads = [threading.Thread(target=author, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = store.decision_log()
    found = [entry.decision.candidate_id for entry in log.entries]
    assert sorted(c or "" for c in found) == sorted(c for part in won for c in part)
    assert log.numbers_on_disk() == list(range(1, 61))


def test_an_altered_entry_is_noticed(store: ModelStore) -> None:
    log = store.decision_log()
    log.append(refusal(log))
    log.append(refusal(log, "20260131T115958123456Z-00000001"))
    path = store.layout.decision(1)
    path.write_bytes(path.read_bytes().replace(b"refused", b"unchanged"))
    with pytest.raises(LogCorruptError, match="00000002.json follows .* the log was altered"):
        store.decision_log()


def test_the_newest_entry_with_a_registry_is_in_force(store: ModelStore) -> None:
    registry = promote(store, toy_model())
    log = store.decision_log()
    log.append(refusal(log))
    assert log.registry == registry
    assert log.decision_on("20260131T115958123456Z-00000000") == log.entries[1].decision
    assert log.decision_on("20260131T115958123456Z-00000009") is None


def test_a_field_of_a_newer_release_reaches_registry_json_byte_for_byte(store: ModelStore) -> None:
    promote(store, toy_model())
    path = store.layout.decision(1)
    newer = path.read_bytes().replace(b'"version": 1,', b'"version": 1,\n    "new": [1.50, {}],', 1)
    path.write_bytes(newer)
    log = store.decision_log()
    assert store.registry.roll_forward(log)
    assert b'"new": [\n    1.5,\n    {}\n  ]' in store.layout.registry.read_bytes()


def test_readers_that_share_a_log_read_each_entry_once(store: ModelStore) -> None:
    first, second = store.shared_log(), store.shared_log()
    written = store.decision_log()
    for _ in range(5):
        written.append(refusal(written))
    with opened_files() as opened:
        assert first.refresh()
        assert second.refresh()
    assert [opened.count(f"{number:08}.json") for number in range(1, 6)] == [1] * 5
    assert second.entries == written.entries
    assert second.entries is second.entries, "a poll does not copy a long log"
    second.append(refusal(second))
    with opened_files() as opened:
        assert first.refresh()
    assert set(opened) == {"00000007.json"}, "nothing before the next entry is read"


def test_readers_that_share_a_log_notice_what_does_not_follow(store: ModelStore) -> None:
    log = store.shared_log()
    log.refresh()
    log.append(refusal(log))
    other = store.shared_log()
    other.refresh()
    second = refusal(log, "20260131T115958123456Z-00000001")
    log.append(second)
    forged = second.model_copy(update={"previous": "0" * 64})
    store.layout.decision(2).write_bytes(forged.encode())
    assert other.refresh(), "it takes the entry that was read before"
    assert other.entries == log.entries
    with pytest.raises(LogCorruptError, match="the log was altered"):
        store.decision_log()


def write_long_log(store: ModelStore, count: int) -> None:
    store.layout.decisions.mkdir(exist_ok=True)
    previous = None
    for number in range(1, count + 1):
        entry = refusal(store.shared_log()).model_copy(
            update={"number": number, "previous": previous}
        )
        data = entry.encode()
        previous = hashlib.sha256(data).hexdigest()
        store.layout.decision(number).write_bytes(data)


def test_a_long_log_is_read_while_no_garbage_is_collected(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_log, "_FEW", 3)
    write_long_log(store, 6)
    seen = []
    read = Decision.decode_both

    def watch(data: bytes, source: Path) -> tuple[Decision, dict[str, Any]]:
        seen.append(gc.isenabled())
        return read(data, source)

    monkeypatch.setattr(Decision, "decode_both", watch)

    log = store.decision_log()

    assert [entry.decision.number for entry in log.entries] == [1, 2, 3, 4, 5, 6]
    assert seen == [True] * 3 + [False] * 3
    assert gc.isenabled()


def test_garbage_is_collected_again_after_a_damaged_entry_of_a_long_log(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_log, "_FEW", 3)
    write_long_log(store, 6)
    store.layout.decision(5).write_bytes(b"{}")

    with pytest.raises(LogCorruptError, match="00000005"):
        store.decision_log()

    assert gc.isenabled()


def test_only_an_entry_that_is_read_anew_counts_towards_a_long_log(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_log, "_FEW", 3)
    write_long_log(store, 6)
    log = store.shared_log()
    log.refresh()
    monkeypatch.setattr(gc, "freeze", lambda: pytest.fail("garbage would stay for ever"))

    assert store.shared_log().refresh()
