"""The log has one author for each entry, no gap, and shows when it was altered."""

import threading
from datetime import UTC, datetime

import pytest

from shared.contract.documents import Decision
from shared.errors import DecisionConflictError, LogCorruptError
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


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
