"""One child process, seen from its parent: start it, exchange two messages, end it.

Time counts in short intervals. If this process is frozen, for example in a paused container, that
time does not count against the model.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from gatekeeper.evidence.child_messages import BEGUN
from shared.errors import EvaluationUnavailableError

START_SECONDS = 120.0
"""Seconds in which the interpreter must load its libraries; the model's time starts later."""
_INTERVAL = 0.1
_ROOT = Path(__file__).parents[2]
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_TAIL = 2000


class ModelFailedError(Exception):
    """The child was ready but did not respond; the message gives the reason."""


class ChildProcess:
    """A child process that waits for its one request."""

    def __init__(self, module: str, stopping: threading.Event) -> None:
        """Start the process; raises EvaluationUnavailableError."""
        self._stopping = stopping
        self._received = b""
        self._stderr_tail = b""
        self._has_ended = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", module, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise EvaluationUnavailableError(
                f"The scoring process cannot be started: {error}."
            ) from error
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._stdin, self._stdout, self._stderr = (pipe for pipe in pipes if pipe is not None)
        self._selector = selectors.DefaultSelector()
        for pipe in (self._stdout, self._stderr):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def exchange(self, request: bytes, seconds: float, max_bytes: int) -> bytes:
        """Send the request, wait until the child begins, and return its response.

        Raises:
            EvaluationUnavailableError: The child does not begin.
            ModelFailedError: The child begins, but does not respond within *seconds*.
        """
        with contextlib.suppress(BrokenPipeError):  # it has ended; reading finds out how
            self._stdin.write(request)
            self._stdin.close()
        if self._read_line(START_SECONDS, len(BEGUN)) != BEGUN:
            said = " ".join(self._stderr_tail.decode(errors="replace").split())[-300:]
            raise EvaluationUnavailableError(
                f"The child process ended before it was ready: {said or 'it printed nothing.'}"
            )
        line = self._read_line(seconds, max_bytes)
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
        if self._has_ended:
            return
        self._has_ended = True
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the group is gone
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for pipe in (self._stdin, self._stdout, self._stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _read_line(self, seconds: float, max_bytes: int) -> bytes | None:
        """Read a line: without line end if it is cut short, None if the time is over."""
        left = seconds
        while b"\n" not in self._received[:max_bytes] and len(self._received) < max_bytes:
            if self._stopping.is_set():
                raise EvaluationUnavailableError("The gatekeeper is stopping.")
            before = time.monotonic()
            if not self._receive(min(_INTERVAL, left)):
                break
            left -= min(time.monotonic() - before, 2 * _INTERVAL)
            if left <= 0:
                return None
        end = self._received.find(b"\n", 0, max_bytes) + 1 or max_bytes
        line, self._received = self._received[:end], self._received[end:]
        return line

    def _receive(self, seconds: float) -> bool:
        """Read what the child has written; return False at the end of standard output."""
        is_open = True
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, 1 << 16)
            if key.fileobj is self._stdout:
                self._received += data
                is_open = bool(data)
            elif data:
                self._stderr_tail = (self._stderr_tail + data)[-_TAIL:]
            else:
                self._selector.unregister(key.fileobj)
        return is_open

    def _describe_end(self) -> str:
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "The child process closed its output without a response."
        if status >= 0:
            return f"The child process ended with status {status}, without a response."
        name = signal.Signals(-status).name
        hint = " Most likely the model used too much memory." if -status == signal.SIGKILL else ""
        return f"The child process was ended by {name}.{hint}"


def _environment() -> dict[str, str]:
    """Return what an interpreter needs, without the gatekeeper's settings and secrets.

    Libraries use one thread, so that a model's time does not depend on the number of processors.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    path = os.pathsep.join([str(_ROOT), *filter(None, sys.path)])
    return {**kept, **threads, "PYTHONPATH": path}
