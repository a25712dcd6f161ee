"""Every write on the store is all or nothing, and leaves nothing behind."""

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.errors import StoreWriteError
from shared.store import durable_write


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o077], ids=["open umask", "closed umask"])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask")
def test_modes_do_not_follow_the_umask(tmp_path: Path) -> None:
    durable_write.make_directory(tmp_path / "a" / "b")
    durable_write.replace_file(tmp_path / "a" / "file", b"x")
    durable_write.create_file(tmp_path / "a" / "secret", b"x", mode=durable_write.SECRET_MODE)
    durable_write.append_line(tmp_path / "a" / "log", b"x\n")
    modes = {path.name: oct(mode(path)) for path in (tmp_path / "a").iterdir()}
    assert modes == {"b": "0o755", "file": "0o644", "secret": "0o600", "log": "0o644"}
    assert mode(tmp_path / "a") == 0o755


def test_replacing_leaves_the_new_bytes_and_no_temporary(tmp_path: Path) -> None:
    durable_write.replace_file(tmp_path / "file", b"old")
    durable_write.replace_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_only_one_of_two_simultaneous_creators_of_a_file_wins(tmp_path: Path) -> None:
    durable_write.create_file(tmp_path / "file", b"first")
    with pytest.raises(FileExistsError):
        durable_write.create_file(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["file"]


def test_a_write_that_cannot_be_made_names_the_file_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "inside").touch()
    with pytest.raises(StoreWriteError, match=f"Could not write {tmp_path}/file"):
        durable_write.replace_file(tmp_path / "file", b"new")
    assert os.listdir(tmp_path) == ["file"]


def test_a_published_directory_is_never_replaced(tmp_path: Path) -> None:
    for name in ("first", "second"):
        durable_write.make_directory(tmp_path / name)
        durable_write.write_new_file(tmp_path / name / "file", [name.encode()])
    durable_write.publish_directory(tmp_path / "first", tmp_path / "final")
    with pytest.raises(FileExistsError):
        durable_write.publish_directory(tmp_path / "second", tmp_path / "final")
    assert (tmp_path / "final" / "file").read_bytes() == b"first"
    assert sorted(os.listdir(tmp_path)) == ["final", "second"]


def test_a_file_of_a_staging_directory_is_written_once(tmp_path: Path) -> None:
    durable_write.write_new_file(tmp_path / "file", [b"a", b"b"])
    assert (tmp_path / "file").read_bytes() == b"ab"
    with pytest.raises(FileExistsError):
        durable_write.write_new_file(tmp_path / "file", [b"c"])
    assert (tmp_path / "file").read_bytes() == b"ab"


def test_lines_are_appended_whole(tmp_path: Path) -> None:
    durable_write.append_line(tmp_path / "log", b"one\n")
    durable_write.append_line(tmp_path / "log", b"two\n")
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


@contextmanager
def short_of_space() -> Iterator[None]:
    """Limit files to 4 KiB, like a full disk but without a mount.

    Not a fixture: pytest reports a test before its fixtures end, maybe to a file that is longer.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_file_and_no_temporary_file(tmp_path: Path) -> None:
    durable_write.replace_file(tmp_path / "file", b"old")
    with short_of_space():
        with pytest.raises(StoreWriteError, match="Nothing was changed"):
            durable_write.replace_file(tmp_path / "file", bytes(10_000))
        with pytest.raises(StoreWriteError):
            durable_write.create_file(tmp_path / "other", bytes(10_000))
    assert (tmp_path / "file").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]
