"""The signals that the parent process receives, and the pipe that wakes it up for them."""

import os
import select
import signal
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
"""The signals that the parent handles."""
_PIPE_BYTES = 4096


class ParentSignals:
    """The signals since the start. Handlers only count them, and wake up `wait`."""

    def __init__(self, started_by: int | None = None) -> None:
        """Describe them; with *started_by*, the end of this parent process is one of them."""
        self._started_by = started_by
        self._counts = dict.fromkeys(map(int, SIGNALS), 0)
        self._pipe = -1
        self.ignores_hangup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        """Whether `nohup` started this process: the end of its terminal does not stop it."""

    def install(self) -> int:
        """Handle the signals from now on. Return the descriptor that is readable after one."""
        self._pipe, write_end = os.pipe()
        for end in (self._pipe, write_end):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._count)
        return self._pipe

    def wait(self, seconds: float) -> None:
        """Wait for a signal, at most *seconds*."""
        if select.select([self._pipe], [], [], max(0.0, seconds))[0]:
            os.read(self._pipe, _PIPE_BYTES)

    @property
    def asks_to_stop(self) -> bool:
        """Whether SIGTERM or SIGINT came, or the starting process is gone."""
        return self.asks_to_stop_now or self._counts[signal.SIGTERM] > 0

    @property
    def asks_to_stop_now(self) -> bool:
        """Whether to stop without a drain: a person at a terminal, or nobody, waits for it."""
        is_orphan = self._started_by is not None and os.getppid() != self._started_by
        return is_orphan or self._counts[signal.SIGINT] > 0 or self._counts[signal.SIGTERM] > 1

    def take_hangup(self) -> bool:
        """Report whether SIGHUP came since the last call."""
        count, self._counts[signal.SIGHUP] = self._counts[signal.SIGHUP], 0
        return count > 0

    def _count(self, number: int, _frame: FrameType | None) -> None:
        self._counts[number] += 1
