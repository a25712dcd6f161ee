"""The desired version only moves forward, after any change of the file."""

import os

import pytest

from predictor.lifecycle.registry_watcher import RegistryWatcher
from shared.contract.documents import Registry
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote


@pytest.fixture
def watcher(store: ModelStore) -> RegistryWatcher:
    return RegistryWatcher(store.registry)


def test_before_the_first_promotion_there_is_no_desired_version_and_no_problem(
    watcher: RegistryWatcher,
) -> None:
    assert watcher.poll().desired is None
    assert watcher.poll().problem is None


def test_each_promotion_is_seen_at_the_next_poll(
    store: ModelStore, watcher: RegistryWatcher
) -> None:
    for version in (1, 2):
        promoted = promote(store, toy_model())
        assert watcher.poll().desired == promoted
        assert promoted.version == version
    assert watcher.poll() is watcher.poll()


def test_a_change_is_noticed_although_size_and_times_are_the_same(
    store: ModelStore, watcher: RegistryWatcher
) -> None:
    first = promote(store, toy_model())
    watcher.poll()
    before = store.layout.registry.stat()
    store.layout.registry.write_bytes(first.model_copy(update={"version": 2}).encode())
    os.utime(store.layout.registry, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.layout.registry.stat().st_size == before.st_size
    desired = watcher.poll().desired
    assert desired is not None
    assert desired.version == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not strict JSON"),
        (b'{"format_version": 1, "version"', "not strict JSON"),
        (b"{}", "no valid format_version"),
        (b'{"format_version": 1}', "version"),
        (b'{"format_version": 2}', "format_version 2; this release reads up to 1"),
        (b"\x00" * 100, "not strict JSON"),
        (b" " * (1 << 20), "at most"),
    ],
)
def test_an_unreadable_registry_only_changes_the_reported_problem(
    store: ModelStore, watcher: RegistryWatcher, content: bytes, says: str
) -> None:
    promoted = promote(store, toy_model())
    watcher.poll()
    good = store.layout.registry.read_bytes()
    store.layout.registry.write_bytes(content)
    observation = watcher.poll()
    assert observation.desired == promoted
    assert observation.problem is not None
    assert says in observation.problem
    store.layout.registry.write_bytes(good)
    assert watcher.poll().problem is None


def test_after_a_deleted_registry_the_version_stays_desired(
    store: ModelStore, watcher: RegistryWatcher
) -> None:
    promoted = promote(store, toy_model())
    watcher.poll()
    good = store.layout.registry.read_bytes()
    store.layout.registry.unlink()
    assert watcher.poll().desired == promoted
    assert "missing" in str(watcher.poll().problem)
    store.layout.registry.mkdir()
    assert watcher.poll().desired == promoted
    assert "cannot be read" in str(watcher.poll().problem)
    store.layout.registry.rmdir()
    store.layout.registry.write_bytes(good)
    assert watcher.poll().problem is None


def older_and_other(known: Registry) -> list[tuple[Registry, str]]:
    return [
        (known.model_copy(update={"version": 1, "previous_version": None}), "from version 2 to 1"),
        (known.model_copy(update={"digest": "sha256:" + "0" * 64}), "same version 2"),
    ]


@pytest.mark.parametrize("case", [0, 1])
def test_an_older_registry_or_new_content_of_the_same_version_is_ignored(
    store: ModelStore, watcher: RegistryWatcher, case: int
) -> None:
    promote(store, toy_model())
    known = promote(store, toy_model(bias=1.0))
    watcher.poll()
    put_back, says = older_and_other(known)[case]
    store.layout.registry.write_bytes(put_back.encode())
    observation = watcher.poll()
    assert observation.desired == known
    assert says in str(observation.problem)
    newer = known.model_copy(update={"version": 3})
    store.layout.registry.write_bytes(newer.encode())
    assert watcher.poll().desired == newer
    assert watcher.poll().problem is None
