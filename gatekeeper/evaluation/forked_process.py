"""A child of the fork server, seen from the gatekeeper: its pipes, and its end."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Sequence
from typing import IO

from shared.errors import EvaluationUnavailableError


class ForkedProcess:
    """A process whose parent, the fork server, reports its id and its exit status in a pipe."""

    def __init__(self, streams: Sequence[int], report: int) -> None:
        """Take the descriptors of standard input, output and error, and of the report."""
        self.stdin: IO[bytes] = os.fdopen(streams[0], "wb")
        self.stdout: IO[bytes] = os.fdopen(streams[1], "rb", buffering=0)
        self.stderr: IO[bytes] = os.fdopen(streams[2], "rb", buffering=0)
        self._report: IO[bytes] = os.fdopen(report, "rb", buffering=0)
        self._reported = b""

    def wait(self, seconds: float) -> int | None:
        """Return the exit status, negative for a signal; None if it has not ended in time.

        Raises EvaluationUnavailableError if the fork server ended first.
        """
        numbers = self._read_report(2, seconds)
        if numbers is None:
            raise EvaluationUnavailableError("The process that starts child processes has ended.")
        return numbers[1] if len(numbers) > 1 else None

    def kill(self, seconds: float) -> None:
        """Kill the process and its group, and wait until it has ended.

        A process that has not begun ends by itself when its pipes are closed.
        """
        numbers = self._read_report(1, 0)
        if numbers is not None and len(numbers) == 1:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(numbers[0], signal.SIGKILL)
            self._read_report(2, seconds)

    def close(self) -> None:
        """Close all pipes."""
        for pipe in (self.stdin, self.stdout, self.stderr, self._report):
            with contextlib.suppress(BrokenPipeError):  # the rest of the output is not needed
                pipe.close()

    def _read_report(self, count: int, seconds: float) -> list[int] | None:
        """Read up to *count* numbers in this time; None at an end before that."""
        until = time.monotonic() + seconds
        while self._reported.count(b"\n") < count:
            if not select.select([self._report], [], [], max(0.0, until - time.monotonic()))[0]:
                break
            data = os.read(self._report.fileno(), 64)
            if not data:
                return None
            self._reported += data
        return [int(number) for number in self._reported.split()]
