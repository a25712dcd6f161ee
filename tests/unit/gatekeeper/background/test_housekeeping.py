"""Only the gatekeepers of one host remove old files and write training.log."""

import json
import os

import pytest

from gatekeeper.background.housekeeping import BEAT_SECONDS, Housekeeping
from shared.contract.layout import StoreLayout
from shared.errors import StoreWriteError
from shared.store import housekeeper_file
from shared.store.housekeeper_file import Housekeeper, HousekeeperFile
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of


class Host:
    """A host with a gatekeeper, whose clock the test sets."""

    def __init__(self, name: str, layout: StoreLayout) -> None:
        self.seconds = 0.0
        self.file = NamedFile(layout, name)
        self.housekeeping = Housekeeping(self.file, lambda: self.seconds)

    def restart(self) -> None:
        self.housekeeping = Housekeeping(self.file, lambda: self.seconds)

    def keeps_house(self, *, after: float = 0.0) -> bool:
        """Wait as long as the host's own clock says, and look."""
        self.seconds += after
        return self.housekeeping.is_ours()


class NamedFile(HousekeeperFile):
    """The file as another kernel sees it."""

    def __init__(self, layout: StoreLayout, name: str) -> None:
        super().__init__(layout)
        self._name = name
        self.old: Housekeeper | None = None
        """The result of the next read, which was made before another host's write."""

    def client(self) -> str:
        return self._name

    def read(self) -> Housekeeper | None:
        old, self.old = self.old, None
        return old or super().read()


@pytest.fixture
def a(store: ModelStore) -> Host:
    return Host("a", store.layout)


@pytest.fixture
def b(store: ModelStore) -> Host:
    return Host("b", store.layout)


def keeper(store: ModelStore) -> Housekeeper:
    found = store.housekeeper.read()
    assert found is not None
    return found


def test_the_first_host_keeps_house_and_says_so_in_a_file(
    store: ModelStore, a: Host, b: Host
) -> None:
    assert a.keeps_house()
    assert not b.keeps_house()
    assert (keeper(store).client, keeper(store).pid) == ("a", os.getpid())
    for _ in range(10):
        assert a.keeps_house(after=BEAT_SECONDS)
        assert not b.keeps_house(after=BEAT_SECONDS)


def test_a_silent_host_is_replaced_and_steps_back_when_it_returns(a: Host, b: Host) -> None:
    assert a.keeps_house()
    assert not b.keeps_house()
    assert not b.keeps_house(after=5 * BEAT_SECONDS)
    assert not b.keeps_house(after=0.1), "b looks once in an interval"
    assert not b.keeps_house(after=BEAT_SECONDS), "b has written the file"
    assert b.keeps_house(after=BEAT_SECONDS), "nobody contradicted it"
    assert not a.keeps_house(after=3600), "a was frozen for an hour"
    assert b.keeps_house(after=BEAT_SECONDS)


def test_two_hosts_that_take_over_at_once_are_told_apart(store: ModelStore, a: Host) -> None:
    a.keeps_house()
    before = keeper(store)
    b, c = Host("b", store.layout), Host("c", store.layout)
    for host in (b, c):
        assert not host.keeps_house()
    for host in (b, c):
        host.file.old = before
        assert not host.keeps_house(after=5 * BEAT_SECONDS + 0.1)
    assert keeper(store).client == "c", "the later rename"
    assert not b.keeps_house(after=BEAT_SECONDS)
    assert c.keeps_house(after=BEAT_SECONDS)


def test_a_restarted_gatekeeper_of_the_same_host_goes_on_at_once(a: Host) -> None:
    assert a.keeps_house()
    a.restart()
    assert a.keeps_house()


def test_a_gatekeeper_that_stops_lets_another_host_begin(a: Host, b: Host) -> None:
    assert a.keeps_house()
    assert not b.keeps_house()
    b.housekeeping.resign()
    assert not b.keeps_house(after=BEAT_SECONDS), "it is not b's to give up"
    a.housekeeping.resign()
    assert b.keeps_house(after=BEAT_SECONDS)


def test_clocks_an_hour_apart_change_nothing(store: ModelStore, a: Host, b: Host) -> None:
    a.keeps_house()
    path = store.layout.housekeeper
    for hour in ("2020-01-01T00:00:00Z", "2036-01-01T00:00:00Z"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "beat_at": hour}))
        assert not b.keeps_house(after=BEAT_SECONDS)
    assert not b.keeps_house(after=BEAT_SECONDS)


def test_a_malformed_file_is_replaced_like_that_of_a_silent_host(
    store: ModelStore, a: Host
) -> None:
    store.layout.housekeeper.write_text("{")
    assert not a.keeps_house()
    assert not a.keeps_house(after=5 * BEAT_SECONDS + 0.1)
    assert a.keeps_house(after=BEAT_SECONDS)


def test_on_a_full_disk_the_host_goes_on_because_it_can_remove_old_files(
    a: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: object, *_: object, **__: object) -> None:
        raise StoreWriteError(a.file._path, OSError(28, "No space left on device"))

    for name in ("create_file", "replace_file"):
        monkeypatch.setattr(housekeeper_file, name, full)
    assert a.keeps_house()


def test_a_gatekeeper_of_another_host_decides_and_leaves_old_files(store: ModelStore) -> None:
    other = Host("other", store.layout)
    assert other.keeps_house()
    candidate_id = toy_candidate(toy_model()).publish(store)
    gatekeeper_of(store).poll()
    assert store.decision_log().is_decided(candidate_id)
    assert store.registry.read() is not None
    assert not store.layout.training_log.exists()
    other.housekeeping.resign()
    gatekeeper_of(store).poll()
    assert len(store.layout.training_log.read_text().splitlines()) == 2


def test_processes_of_one_kernel_and_mount_are_one_host(store: ModelStore) -> None:
    assert store.housekeeper.client() == HousekeeperFile(store.layout).client()
    assert f"{store.layout.root.stat().st_dev:x}" in store.housekeeper.client()
