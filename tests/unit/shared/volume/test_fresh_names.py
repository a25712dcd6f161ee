"""A name that a client remembers as missing is found after its directory was opened."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from shared.store.candidates import Candidates
from shared.store.heartbeats import Heartbeats
from shared.store.linkless_open import open_without_links
from shared.store.models import Models
from shared.store.store import ModelStore
from shared.volume.fresh_names import is_directory, list_directory
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.fake_services import worker


class ForgetfulClient:
    """A client like that of NFS: it remembers missing names until their directory is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._missing = set[str]()
        self.asked = 0
        self._open, self._stat = os.open, os.stat
        self._listdir = os.listdir
        monkeypatch.setattr(os, "open", self._opens)
        monkeypatch.setattr(os, "stat", self._stats)
        monkeypatch.setattr(os, "listdir", self._lists)

    def forget(self, *paths: Path) -> None:
        """Remember that *paths* are missing, although another host has made them."""
        self._missing |= {str(path) for path in paths}

    def _require(self, path: str) -> None:
        for known in self._missing:
            if path == known or path.startswith(f"{known}/"):
                raise FileNotFoundError(2, "No such file or directory", path)

    def _path(self, path: Any, directory: int | None) -> str:
        base = "" if directory is None else str(Path(f"/proc/self/fd/{directory}").readlink())
        return os.path.normpath(os.path.join(base, os.fspath(path)))  # noqa: PTH118 - as the kernel

    def _opens(self, path: Any, flags: int, *rest: Any, dir_fd: int | None = None) -> int:
        name = self._path(path, dir_fd)
        self._require(name)
        descriptor = self._open(path, flags, *rest, dir_fd=dir_fd)
        if flags & os.O_DIRECTORY and not flags & os.O_PATH:
            self.asked += 1
            self._missing = {each for each in self._missing if os.path.dirname(each) != name}  # noqa: PTH120 - of a string
        return descriptor

    def _stats(self, path: Any, **options: Any) -> os.stat_result:
        if not isinstance(path, int):
            self._require(self._path(path, options.get("dir_fd")))
        return self._stat(path, **options)

    def _lists(self, path: Any = ".") -> list[str]:
        if not isinstance(path, int):
            self._require(self._path(path, None))
        return self._listdir(path)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> ForgetfulClient:
    return ForgetfulClient(monkeypatch)


def test_the_first_registry_is_read_at_once(store: ModelStore, client: ForgetfulClient) -> None:
    registry = promote(store, toy_model())
    client.forget(store.layout.registry)
    assert store.registry.read() == registry


def test_the_next_decision_is_read_at_once(store: ModelStore, client: ForgetfulClient) -> None:
    promote(store, toy_model())
    log = store.decision_log()
    promote(store, toy_model())
    client.forget(store.layout.decision(2))
    assert log.refresh()
    assert log.next_number == 3


def test_a_file_in_directories_that_are_new_is_read(
    tmp_path: Path, client: ForgetfulClient
) -> None:
    path = tmp_path / "new" / "newer" / "file"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"whole")
    client.forget(tmp_path / "new", path.parent, path)
    descriptor = open_without_links(path)
    assert os.read(descriptor, 10) == b"whole"
    os.close(descriptor)


def test_directories_that_are_new_are_listed(store: ModelStore, client: ForgetfulClient) -> None:
    registry = promote(store, toy_model())
    candidate_id = toy_candidate().publish(store)
    store.heartbeats.write(worker("w", 1))
    layout = store.layout
    parts = (layout.candidates, layout.models, layout.decisions, layout.serving)
    client.forget(*parts)
    assert Candidates(layout).ids() == [candidate_id]
    client.forget(*parts)
    assert Models(layout).digests() == [registry.digest]
    client.forget(*parts)
    assert store.decision_log().numbers_on_disk() == [1]
    client.forget(*parts)
    assert len(Heartbeats(layout).all()) == 1
    client.forget(layout.models, layout.model(registry.digest))
    assert Models(layout).has(registry.digest)


@pytest.mark.parametrize("call", ["fstat", "read"])
def test_a_file_that_was_replaced_after_it_was_opened_is_read_again(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    registry = promote(store, toy_model())
    original, left = getattr(os, call), [3]

    def stale(*arguments: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, stale)
        assert store.registry.read() == registry
        left[0] = 1000
        with pytest.raises(OSError, match="Stale file handle"):
            store.registry.read()


def test_a_name_that_is_missing_costs_one_question(tmp_path: Path, client: ForgetfulClient) -> None:
    for look in (open_without_links, list_directory):
        client.asked = 0
        with pytest.raises(FileNotFoundError):
            look(tmp_path / "missing")
        assert client.asked == 1
    client.asked = 0
    assert not is_directory(tmp_path / "missing")
    assert client.asked == 1
    assert not is_directory(tmp_path / "missing" / "below")


def test_a_name_that_is_there_costs_nothing_more(tmp_path: Path, client: ForgetfulClient) -> None:
    (tmp_path / "file").touch()
    os.close(open_without_links(tmp_path / "file"))
    assert list_directory(tmp_path) == ["file"]
    assert is_directory(tmp_path)
    assert not is_directory(tmp_path / "file")
    assert client.asked <= 1
