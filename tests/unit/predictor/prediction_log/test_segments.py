"""Segments: when they are published, by whom, and what is left after a failed write."""

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from predictor.prediction_log.current_segment import (
    MAX_SEGMENT_BYTES,
    MAX_SEGMENT_SECONDS,
    CurrentSegment,
)
from shared.contract.layout import StoreLayout
from shared.errors import StoreWriteError
from shared.prediction_log.hidden_segments import MANY_BYTES
from shared.store.store import ModelStore
from tests.support.processes.unprivileged_user import as_another_user
from tests.unit.predictor.prediction_log.keeping_segments import OTHER, Keeping
from tests.unit.predictor.prediction_log.logging_rows import WORKER


@pytest.fixture
def keeping(store: ModelStore) -> Keeping:
    return Keeping(store)


def is_due(keeping: Keeping, change: Callable[[], object]) -> bool:
    keeping.segment.append(b"1\n")
    assert not keeping.segment.finish_if_due()
    change()
    return keeping.segment.finish_if_due()


def test_a_segment_is_published_when_it_is_old(keeping: Keeping) -> None:
    def wait() -> None:
        keeping.clock.now += MAX_SEGMENT_SECONDS

    assert is_due(keeping, wait)
    keeping.keep()
    keeping.segment.append(b"2\n")
    keeping.keep()

    assert keeping.names() == [".tmp-00000002.jsonl", "00000001.jsonl"]


def test_a_segment_is_published_when_it_is_full(keeping: Keeping) -> None:
    line = bytes(MAX_SEGMENT_BYTES - 1) + b"\n"

    assert is_due(keeping, lambda: keeping.segment.append(line))
    keeping.keep()

    assert keeping.names() == ["00000001.jsonl"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes the hint")
def test_only_a_large_segment_leaves_the_memory_of_the_system(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice: list[tuple[int, int]] = []
    advise = os.posix_fadvise

    def note(descriptor: int, start: int, length: int, kind: int) -> None:
        advice.append((os.fstat(descriptor).st_size, kind))
        advise(descriptor, start, length, kind)

    monkeypatch.setattr(os, "posix_fadvise", note)
    for size in (100, MANY_BYTES):
        keeping.segment.append(bytes(size - 1) + b"\n")
        keeping.segment.finish()
        keeping.keep()

    assert advice == [(MANY_BYTES, os.POSIX_FADV_DONTNEED)]
    (small, large) = sorted((keeping.layout.predictions / WORKER).iterdir())
    assert small.read_bytes() == bytes(99) + b"\n"
    assert large.read_bytes() == bytes(MANY_BYTES - 1) + b"\n"


def test_a_system_that_refuses_the_hint_still_publishes(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: int) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "posix_fadvise", refuse, raising=False)
    keeping.segment.append(bytes(MANY_BYTES) + b"\n")
    keeping.segment.finish()
    keeping.keep()

    assert keeping.names() == ["00000001.jsonl"]


def test_only_the_group_may_read_segments(store: ModelStore) -> None:
    keeping = Keeping(store)
    store.layout.predictions.mkdir()
    if os.getuid() == 0:
        os.chown(store.layout.predictions, -1, 4242)
    keeping.segment.append(b"1\n")

    directory = store.layout.predictions / WORKER
    (path,) = directory.iterdir()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o750
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_gid == directory.stat().st_gid == store.layout.predictions.stat().st_gid


def test_a_worker_that_is_no_member_of_the_group_logs_with_its_own(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path / "store")
    layout.predictions.mkdir(parents=True)
    layout.predictions.chmod(0o777)
    for path in (tmp_path, *tmp_path.parents[:3]):
        path.chmod(path.stat().st_mode | 0o011)

    def append() -> None:
        segment = CurrentSegment(layout, WORKER)
        segment.append(b"1\n")

    as_another_user(append)

    (path,) = (layout.predictions / WORKER).iterdir()
    assert path.stat().st_gid != layout.predictions.stat().st_gid
    assert path.read_bytes() == b"1\n"


def test_after_a_failed_write_the_lines_before_it_are_published(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.segment.append(b"first\n")
    real = os.write

    def write_half(descriptor: int, data: memoryview) -> int:
        if len(data) < 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_half)
        with pytest.raises(StoreWriteError, match="No space left"):
            keeping.segment.append(b"second\n")
    keeping.segment.append(b"third\n")
    keeping.keep()

    assert keeping.names() == [".tmp-00000002.jsonl", "00000001.jsonl"]
    assert (keeping.layout.predictions / WORKER / "00000001.jsonl").read_bytes() == b"first\n"


def test_a_torn_end_that_stayed_is_not_published(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.segment.append(b"first\n")
    real = os.write

    calls = 0

    def fail(*_arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    def write_half(descriptor: int, data: memoryview) -> int:
        nonlocal calls
        calls += 1
        if calls > 1:
            fail()
        return real(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_half)
        patch.setattr(os, "ftruncate", fail)
        with pytest.raises(StoreWriteError):
            keeping.segment.append(b"second\n")
    keeping.keep()

    assert (keeping.layout.predictions / WORKER / "00000001.jsonl").read_bytes() == b"first\n"


@pytest.mark.parametrize(
    ("content", "published"),
    [
        (b"1\n2\n3", b"1\n2\n"),
        (b"1\n2\n", b"1\n2\n"),
        (b"1\n" + bytes(200_000), b"1\n"),
        (b"torn", None),
        (b"", None),
    ],
)
def test_whole_lines_of_a_dead_worker_are_published(
    keeping: Keeping, content: bytes, published: bytes | None
) -> None:
    path = keeping.leave(".tmp-00000003.jsonl", content)

    keeping.keep()

    assert not path.exists()
    final = path.with_name("00000003.jsonl")
    assert (final.read_bytes() if final.exists() else None) == published


def test_segments_of_living_and_of_quiet_workers_are_left_alone(keeping: Keeping) -> None:
    heartbeat = keeping.layout.heartbeat(OTHER)
    heartbeat.parent.mkdir(parents=True, exist_ok=True)
    heartbeat.write_bytes(b"{}")
    keeping.leave(".tmp-00000001.jsonl", b"1\n", age=3600)

    keeping.keep()
    assert keeping.names(OTHER) == [".tmp-00000001.jsonl"]

    heartbeat.unlink()
    keeping.leave(".tmp-00000001.jsonl", b"1\n", age=1)
    keeping.keep()
    assert keeping.names(OTHER) == [".tmp-00000001.jsonl"]

    keeping.leave(".tmp-00000001.jsonl", b"1\n", age=60)
    keeping.keep()
    assert keeping.names(OTHER) == ["00000001.jsonl"]


def test_a_worker_whose_segment_was_published_continues_in_another(keeping: Keeping) -> None:
    keeping.segment.append(b"1\n")
    path = keeping.layout.predictions / WORKER / ".tmp-00000001.jsonl"
    path.rename(path.with_name("00000001.jsonl"))

    keeping.segment.append(b"2\n")

    assert keeping.names() == [".tmp-00000002.jsonl", "00000001.jsonl"]


def test_a_failure_is_logged_once_and_ends_nothing(
    keeping: Keeping, caplog: pytest.LogCaptureFixture
) -> None:
    keeping.layout.predictions.parent.mkdir(parents=True, exist_ok=True)
    keeping.layout.predictions.write_bytes(b"a file")

    keeping.keep()
    keeping.keep()

    assert caplog.text.count("Old segments of the prediction log cannot be removed") == 1
    keeping.layout.predictions.unlink()
    keeping.leave(".tmp-00000001.jsonl", b"1\n")
    keeping.keep()
    assert keeping.names(OTHER) == ["00000001.jsonl"]
