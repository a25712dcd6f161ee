"""A worker with keys only follows signed registries, and none older than the log's."""

import json
from pathlib import Path

import pytest

from predictor.lifecycle.registry_watcher import RegistryObservation, RegistryWatcher
from predictor.lifecycle.signed_registry import SignedRegistry
from shared.contract import strict_json
from shared.contract.documents import Registry
from shared.contract.signatures import sign_registry
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.stores.signing import Keys, new_keys


def worker(store: ModelStore, keys: Keys) -> RegistryWatcher:
    """Return the watcher of a worker that has just started."""
    return RegistryWatcher(store.registry, SignedRegistry(store.layout, keys.gatekeepers))


def promoted(store: ModelStore, keys: Keys, bias: float = 0.0) -> Registry:
    return promote(store, toy_model(bias=bias), key=keys.gatekeeper)


def put_back(store: ModelStore, registry: Registry) -> None:
    store.layout.registry.write_bytes(registry.encode())


def refusal(observation: RegistryObservation, kept: Registry | None) -> str:
    """Return why the file is not followed; check that *kept* stays desired."""
    assert observation.desired == kept
    assert observation.problem is not None
    return observation.problem


def test_each_signed_registry_is_followed(store: ModelStore, keys: Keys) -> None:
    watcher = worker(store, keys)
    assert watcher.poll() == RegistryObservation(None, None)
    for _ in range(2):
        registry = promoted(store, keys)
        assert watcher.poll() == RegistryObservation(registry, None)
    assert worker(store, keys).poll() == RegistryObservation(registry, None)


def test_an_unsigned_altered_or_foreign_registry_is_refused(
    store: ModelStore, keys: Keys, tmp_path: Path
) -> None:
    good = promoted(store, keys)
    watcher = worker(store, keys)
    watcher.poll()
    newer = good.model_copy(update={"version": 2, "digest": toy_model(bias=1.0).digest})
    foreign = sign_registry(newer, new_keys(tmp_path / "stranger").gatekeeper)
    by_the_trainer = sign_registry(newer, keys.trainer)
    for forged in (newer, foreign, by_the_trainer):
        put_back(store, forged)
        assert "or the file was altered. Expected a signature" in refusal(watcher.poll(), good)
        assert "another key signed the file" in refusal(worker(store, keys).poll(), good)
    put_back(store, sign_registry(newer, None))
    assert "is not signed" in refusal(watcher.poll(), good)
    put_back(store, good)
    assert watcher.poll() == RegistryObservation(good, None)


def test_an_unsigned_store_gives_no_version_and_a_problem(store: ModelStore, keys: Keys) -> None:
    promote(store, toy_model())
    watcher = worker(store, keys)
    assert "is not signed" in refusal(watcher.poll(), None)
    signed = promoted(store, keys)
    assert watcher.poll() == RegistryObservation(signed, None)


def test_an_older_registry_is_refused_before_and_after_a_restart(
    store: ModelStore, keys: Keys
) -> None:
    older, newer = promoted(store, keys), promoted(store, keys, 1.0)
    promote(store, toy_model())  # by a gatekeeper without the key, so it is not followed
    running = worker(store, keys)
    running.poll()
    put_back(store, older)
    for watcher in (running, worker(store, keys)):
        assert "went back from version 2 to 1" in refusal(watcher.poll(), newer)
    store.layout.registry.unlink()
    assert "is missing; version 2 stays desired" in refusal(worker(store, keys).poll(), newer)


def add_entry(store: ModelStore, registry: Registry) -> None:
    """Append a well-formed entry with *registry* to the log, as a forger would."""
    log = store.decision_log()
    assert log.head is not None
    changes = {"number": log.next_number, "previous": log.head_sha256, "registry": registry}
    entry = log.head.decision.model_copy(update=changes)
    store.layout.decision(log.next_number).write_bytes(entry.encode())
    store.registry.roll_forward(store.decision_log())


def test_an_older_registry_in_a_new_entry_of_the_log_is_ignored(
    store: ModelStore, keys: Keys
) -> None:
    older, newer = promoted(store, keys), promoted(store, keys, 1.0)
    add_entry(store, older)
    assert store.registry.read() == older, "a gatekeeper believes its log"
    assert "went back from version 2 to 1" in refusal(worker(store, keys).poll(), newer)
    add_entry(store, newer.model_copy(update={"version": 9, "signature": None}))
    assert "is not signed" in refusal(worker(store, keys).poll(), newer)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"registry": 1}', b'{"registry": {}}', b"{"])
def test_invalid_entries_at_the_end_of_the_log_are_skipped(
    store: ModelStore, keys: Keys, content: bytes
) -> None:
    older, newer = promoted(store, keys), promoted(store, keys, 1.0)
    store.layout.decision(3).write_bytes(content)
    store.layout.decision(99_999_999).symlink_to("/dev/zero")
    put_back(store, older)
    assert "went back" in refusal(worker(store, keys).poll(), newer)


def test_without_a_readable_log_no_registry_is_followed(
    store: ModelStore, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = promoted(store, keys), promoted(store, keys, 1.0)
    put_back(store, older)
    watcher = worker(store, keys)
    with monkeypatch.context() as broken:
        broken.setattr("predictor.lifecycle.logged_registries.read_document", _fail)
        assert "Input/output error" in refusal(watcher.poll(), None)
    assert "went back" in refusal(watcher.poll(), newer)


def _fail(_path: Path) -> bytes:
    raise OSError(5, "Input/output error")


def test_known_limit_a_truncated_log_hides_newer_registries(store: ModelStore, keys: Keys) -> None:
    older = promoted(store, keys)
    newer = promoted(store, keys, 1.0)
    running = worker(store, keys)
    running.poll()
    store.layout.decision(2).unlink()
    put_back(store, older)
    assert "went back" in refusal(running.poll(), newer)
    assert worker(store, keys).poll() == RegistryObservation(older, None)


def test_only_the_canonical_encoding_of_a_signed_registry_is_accepted(
    store: ModelStore, keys: Keys
) -> None:
    good = promoted(store, keys)
    content = json.loads(good.encode())
    reordered = dict(reversed(content.items()))
    store.layout.registry.write_bytes(strict_json.encode(reordered))
    assert "another key signed the file" in refusal(worker(store, keys).poll(), good)
    store.layout.registry.write_bytes(json.dumps(content).encode())
    assert "not in canonical form" in refusal(worker(store, keys).poll(), good)
