"""No part of a path is followed when it is a link."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import UnsafeFileError
from shared.store.linkless_open import open_without_links

DATA = b"what was published"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file as deep as a candidate's file."""
    path = tmp_path.resolve() / "store" / "candidates" / "one" / "model.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA)
    (tmp_path / "elsewhere").write_bytes(b"a secret")
    return path


def link_instead(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to(path.with_name("real"))


def link_to(target: str) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return act


def beneath_a_file(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.write_bytes(DATA)


REFUSED: dict[str, Callable[[Path], object]] = {
    "the file is a link": link_instead,
    "its directory is a link": lambda path: link_instead(path.parent),
    "candidates/ is a link": lambda path: link_instead(path.parents[1]),
    "the store is a link now": lambda path: link_instead(path.parents[2]),
    "a link to a file outside": link_to("../../../elsewhere"),
    "a link of /proc": link_to("/proc/self/exe"),
    "a link to itself": link_to("model.onnx"),
    "its directory is a file": beneath_a_file,
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_link_anywhere_is_refused(path: Path, what: str) -> None:
    REFUSED[what](path)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(UnsafeFileError, match=f"{path} cannot be opened safely: "):
        open_without_links(path)
    assert len(os.listdir("/proc/self/fd")) == len(before), "a descriptor is left open"


def test_files_and_directories_are_opened(path: Path) -> None:
    descriptor = open_without_links(path)
    assert os.read(descriptor, 100) == DATA
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    directory = open_without_links(path.parent, os.O_DIRECTORY)
    assert os.listdir(directory) == [path.name]
    os.close(directory)


def test_a_fifo_is_not_waited_for(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)
    descriptor = open_without_links(path)
    assert stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    os.close(descriptor)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_part_of_the_path_raises_file_not_found(path: Path, missing: int) -> None:
    gone = [path, path.parent, path.parents[1]][missing]
    gone.rename(gone.with_name("moved"))
    with pytest.raises(FileNotFoundError):
        open_without_links(path)
