"""Opening a store: a new one, an old one, a foreign directory, one that is not ours to write."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.contract.layout import CANDIDATES, SERVING
from shared.errors import NotAStoreError, StoreNotWritableError, UnsupportedFormatError
from shared.store.store import open_for_writing, open_store
from tests.support.processes.unprivileged_user import as_another_user


def test_a_new_store_is_made_where_there_is_nothing(tmp_path: Path) -> None:
    store = open_for_writing(tmp_path / "deep" / "store", CANDIDATES)
    assert sorted(os.listdir(store.layout.root)) == ["candidates", "store.json"]
    assert stat.S_IMODE(store.layout.candidates.stat().st_mode) == 0o755
    assert os.listdir(store.layout.candidates) == []


def test_opening_for_reading_makes_nothing(tmp_path: Path) -> None:
    open_store(tmp_path / "store")
    assert os.listdir(tmp_path) == []


def test_a_fresh_volume_is_an_empty_store(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    open_for_writing(tmp_path, CANDIDATES)


def test_a_directory_with_other_things_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(NotAStoreError, match="contains 'thesis.tex'.*STORE_DIR"):
        open_for_writing(tmp_path, CANDIDATES)
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotAStoreError, match="not a directory"):
        open_for_writing(tmp_path / "file", CANDIDATES)


def test_a_store_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_text('{"format_version": 2}')
    with pytest.raises(UnsupportedFormatError, match="Update this service"):
        open_store(tmp_path)


def test_a_user_without_rights_is_told_what_to_do(
    tmp_path: Path, open_to_all: Callable[[Path], None]
) -> None:
    store = open_for_writing(tmp_path / "store", CANDIDATES)
    open_to_all(tmp_path)

    def try_to_open() -> None:
        with pytest.raises(StoreNotWritableError, match="uid 65534.*Permission denied.*STORE_DIR"):
            open_for_writing(store.layout.root, CANDIDATES)

    as_another_user(try_to_open)


def test_one_part_may_be_writable_where_the_root_is_not(
    tmp_path: Path, open_to_all: Callable[[Path], None]
) -> None:
    store = open_for_writing(tmp_path / "store", CANDIDATES, SERVING)
    store.layout.marker.unlink()
    os.chown(store.layout.serving, 65534, 65534)
    open_to_all(tmp_path)
    as_another_user(lambda: open_for_writing(store.layout.root, SERVING))
    assert sorted(os.listdir(store.layout.root)) == ["candidates", "serving"]
