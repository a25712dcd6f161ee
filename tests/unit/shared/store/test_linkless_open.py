"""No part of a path is followed when it is a link, with openat2 and without."""

import ctypes
import errno
import os
import stat
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import UnsafeFileError
from shared.store import openat2 as module
from shared.store.openat2 import open_without_links
from tests.support.processes.forks import fork

DATA = b"what was published"

Opened = Callable[[Path, int], int]
WAYS: dict[str, Opened] = {"in one call": module._in_one_call, "by steps": module._step_by_step}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The same depth as a candidate's file beneath a store."""
    path = tmp_path.resolve() / "store" / "candidates" / "one" / "model.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA)
    (tmp_path / "elsewhere").write_bytes(b"a secret")
    return path


@pytest.fixture(params=WAYS)
def opening(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """`open_without_links` in one of its two ways."""
    if request.param == "in one call" and sys.platform != "linux":
        pytest.skip("openat2 is Linux's")
    monkeypatch.setattr(module, "_open", WAYS[request.param])
    return open_without_links


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
def test_a_link_anywhere_is_refused(opening: Opened, path: Path, what: str) -> None:
    REFUSED[what](path)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(UnsafeFileError, match=f"{path} cannot be opened safely: "):
        opening(path, 0)
    assert len(os.listdir("/proc/self/fd")) == len(before), "a descriptor is left open"


def test_files_and_directories_are_opened(opening: Opened, path: Path) -> None:
    descriptor = opening(path, 0)
    assert os.read(descriptor, 100) == DATA
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    directory = opening(path.parent, os.O_DIRECTORY)
    assert os.listdir(directory) == [path.name]
    os.close(directory)


def test_a_fifo_is_not_waited_for(opening: Opened, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)
    descriptor = opening(path, 0)
    assert stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    os.close(descriptor)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_what_is_missing_is_missing(opening: Opened, path: Path, missing: int) -> None:
    gone = [path, path.parent, path.parents[1]][missing]
    gone.rename(gone.with_name("moved"))
    with pytest.raises(FileNotFoundError):
        opening(path, 0)


def without_openat2(answer: int) -> None:
    """From here on the kernel says *answer* to openat2: as an old one, or a sandbox, does."""
    load, equal, give = 0x20, 0x15, 0x06  # BPF: a word of the call, a comparison, the verdict
    program = b"".join(
        struct.pack("HBBI", *line)
        for line in (
            (load, 0, 0, 0),
            (equal, 0, 1, module._OPENAT2),
            (give, 0, 0, 0x0005_0000 | answer),
            (give, 0, 0, 0x7FFF_0000),
        )
    )
    lines = ctypes.create_string_buffer(program, len(program))
    filters = struct.pack("HxxxxxxP", 4, ctypes.addressof(lines))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, filters, 0, 0) == 0, ctypes.get_errno()  # PR_SET_SECCOMP


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
@pytest.mark.parametrize("answer", [errno.ENOSYS, errno.EPERM])
def test_a_kernel_without_openat2_changes_nothing(path: Path, answer: int) -> None:
    linked = path.with_name("linked")
    linked.symlink_to(path)

    def try_it() -> None:
        without_openat2(answer)
        with pytest.raises(OSError, match=os.strerror(answer)):
            module._in_one_call(path, os.O_RDONLY)
        assert os.read(open_without_links(path), 100) == DATA
        with pytest.raises(UnsafeFileError):
            open_without_links(linked)

    assert fork(try_it).wait() == 0
