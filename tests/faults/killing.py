"""Processes that are killed before a chosen change of the file system."""

import os
import signal
from collections.abc import Callable
from typing import Any

from tests.support.processes.forks import fork

CHANGES = ("write", "fsync", "fchmod", "chmod", "link", "unlink", "rename", "mkdir", "rmdir")


def dies_before_change(turn: int, action: Callable[[], object]) -> bool:
    """Run *action* in a forked process that is killed before its change number *turn*.

    Return whether it was killed. Otherwise the action makes fewer changes.
    """

    def live_and_die() -> None:
        _count_changes(turn)
        action()

    status = fork(live_and_die).wait()
    assert status in {0, -signal.SIGKILL}
    return status != 0


def _count_changes(turn: int) -> None:
    left = turn

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))
