"""One child process, seen from its parent: exchange two messages, end it.

Time counts in short intervals. If this process is frozen, for example in a paused container, that
time does not count against the model.
"""

import contextlib
import os
import selectors
import signal
import threading
import time
from collections.abc import Callable

from gatekeeper.evaluation.forked_process import ForkedProcess
from gatekeeper.evidence.child_messages import BEGUN, decode_progress
from shared.errors import EvaluationUnavailableError

START_SECONDS = 120.0
"""Seconds in which the interpreter must load its libraries; the model's time starts later."""
_INTERVAL = 0.1
_TAIL = 2000
_END_SECONDS = 5.0


class ModelFailedError(Exception):
    """The child was ready but did not respond; the message gives the reason."""


class ChildProcess:
    """A child process and its one request."""

    def __init__(self, process: ForkedProcess, stopping: threading.Event) -> None:
        self._process = process
        self._stopping = stopping
        self._received = b""
        self._stderr_tail = b""
        self._has_ended = False
        self._selector = selectors.DefaultSelector()
        for pipe in (process.stdout, process.stderr):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)

    def exchange(
        self,
        request: bytes,
        seconds: float,
        max_bytes: int,
        observe: Callable[[int, int], object] = lambda _done, _total: None,
    ) -> bytes:
        """Send the request, wait until the child begins, and return its response.

        Meanwhile *observe* gets the amount that is done, such as predicted rows, and the whole.

        Raises:
            EvaluationUnavailableError: The child does not begin.
            ModelFailedError: The child begins, but does not respond within *seconds*.
        """
        with contextlib.suppress(BrokenPipeError):  # it has ended; reading finds out how
            self._process.stdin.write(request)
            self._process.stdin.close()
        if self._read_line(START_SECONDS, len(BEGUN)) != BEGUN:
            said = " ".join(self._stderr_tail.decode(errors="replace").split())[-300:]
            raise EvaluationUnavailableError(
                f"The child process ended before it was ready: {said or 'it printed nothing.'}"
            )
        line = self._read_line(seconds, max_bytes, observe)
        if line is None:
            raise ModelFailedError(
                f"The model did not finish within {seconds:g} s. See GATEKEEPER_EVALUATION_SECONDS."
            )
        if not line.endswith(b"\n"):
            if len(line) >= max_bytes:
                raise ModelFailedError(f"The response was longer than {max_bytes} bytes.")
            raise ModelFailedError(self._describe_end())
        return line

    def end(self) -> None:
        """Kill the process and its group, once."""
        if not self._has_ended:
            self._has_ended = True
            self._process.kill(_END_SECONDS)
            self._selector.close()
            self._process.close()

    def _read_line(
        self,
        seconds: float,
        max_bytes: int,
        observe: Callable[[int, int], object] | None = None,
    ) -> bytes | None:
        """Read a line: without line end if it is cut short, None if the time is over.

        Lines about the progress are for *observe*, and do not count.
        """
        left = seconds
        if observe is not None:  # the line before may have arrived with them
            self._take_progress(observe)
        while b"\n" not in self._received[:max_bytes] and len(self._received) < max_bytes:
            if self._stopping.is_set():
                raise EvaluationUnavailableError("The gatekeeper is stopping.")
            before = time.monotonic()
            if not self._receive(min(_INTERVAL, left)):
                break
            if observe is not None:
                self._take_progress(observe)
            left -= min(time.monotonic() - before, 2 * _INTERVAL)
            if left <= 0:
                return None
        end = self._received.find(b"\n", 0, max_bytes) + 1 or max_bytes
        line, self._received = self._received[:end], self._received[end:]
        return line

    def _take_progress(self, observe: Callable[[int, int], object]) -> None:
        while progress := decode_progress(self._received[: self._received.find(b"\n") + 1]):
            self._received = self._received[self._received.find(b"\n") + 1 :]
            observe(*progress)

    def _receive(self, seconds: float) -> bool:
        """Read what the child has written; return False at the end of standard output."""
        is_open = True
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, 1 << 16)
            if key.fileobj is self._process.stdout:
                self._received += data
                is_open = bool(data)
            elif data:
                self._stderr_tail = (self._stderr_tail + data)[-_TAIL:]
            else:
                self._selector.unregister(key.fileobj)
        return is_open

    def _describe_end(self) -> str:
        status = self._process.wait(_END_SECONDS)
        if status is None:
            return "The child process closed its output without a response."
        if status >= 0:
            return f"The child process ended with status {status}, without a response."
        name = signal.Signals(-status).name
        hint = " Most likely the model used too much memory." if -status == signal.SIGKILL else ""
        return f"The child process was ended by {name}.{hint}"
