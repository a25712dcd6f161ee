"""The end of a worker in a call is the model's fault, unless somebody ended the worker."""

import signal
from pathlib import Path

import pytest

from predictor.supervision.oom_kills import OomKills
from predictor.supervision.worker_post import describe_end, may_be_its_fault


@pytest.mark.parametrize(
    ("status", "is_oom", "expected"),
    [
        (-signal.SIGSEGV, False, True),
        (-signal.SIGABRT, False, True),
        (-signal.SIGKILL, True, True),
        (-signal.SIGKILL, False, False),
        (-signal.SIGTERM, False, False),
        (-signal.SIGINT, False, False),
        (0, False, True),
        (3, False, True),
    ],
)
def test_only_some_ends_are_the_models_fault(status: int, is_oom: bool, expected: bool) -> None:
    assert may_be_its_fault(status, is_oom=is_oom) == expected


def test_an_end_is_described_by_the_signals_name() -> None:
    assert describe_end(-signal.SIGSEGV) == "was killed by SIGSEGV"
    assert describe_end(-63) == "was killed by signal 63"
    assert describe_end(7) == "ended with status 7"


def test_a_kill_for_lack_of_memory_is_known_from_the_kernels_count(tmp_path: Path) -> None:
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("nr_free_pages 1\noom_kill 4\n")
    kills = OomKills(vmstat)
    assert not kills.has_grown()
    vmstat.write_text("nr_free_pages 1\noom_kill 5\n")
    assert kills.has_grown()
    assert not kills.has_grown()


def test_without_the_kernels_count_every_sigkill_may_be_such_a_kill(tmp_path: Path) -> None:
    assert OomKills(tmp_path / "nothing").has_grown()
