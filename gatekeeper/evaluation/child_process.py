"""One scoring process, from the parent's side: start, talk, and end it whatever happens.

Time counts in small slices, so that time in which this process itself was frozen (a paused
container) is not held against the model.
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
from typing import IO

from gatekeeper.evidence.evaluation_messages import BEGUN
from shared.errors import EvaluationUnavailableError

START_SECONDS = 120.0
"""How long the interpreter and its libraries may take; that is not the model's time."""
_SLICE = 0.1
_ROOT = Path(__file__).parents[2]
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_TAIL = 2000


class ModelFailedError(Exception):
    """The child was ready, and then did not answer; the message says what became of it."""


class ChildProcess:
    """A scoring process that was started and waits for its one question."""

    def __init__(self, module: str, stopping: threading.Event) -> None:
        """Start it; raises EvaluationUnavailableError."""
        self._stopping = stopping
        self._received = b""
        self._complaints = b""
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
        self._selector = selectors.DefaultSelector()
        for pipe in (self._stdout, self._stderr):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)

    @property
    def is_alive(self) -> bool:
        """Whether it still waits or works."""
        return self._process.poll() is None

    def exchange(self, question: bytes, seconds: float, max_bytes: int) -> bytes:
        """Send one line, wait until the child begins, and return the line that it answers.

        Raises EvaluationUnavailableError when it does not begin, and ModelFailedError when
        it does not answer within *seconds* from then.
        """
        with contextlib.suppress(BrokenPipeError):  # it has ended; reading says how
            self._stdin.write(question)
            self._stdin.close()
        if self._read_line(START_SECONDS, len(BEGUN)) != BEGUN:
            said = " ".join(self._complaints.decode(errors="replace").split())[-300:]
            raise EvaluationUnavailableError(
                f"The scoring process did not get as far as the model: {said or 'it said nothing.'}"
            )
        line = self._read_line(seconds, max_bytes)
        if line is None:
            raise ModelFailedError(
                f"It did not finish within {seconds:g} s. See GATEKEEPER_EVALUATION_SECONDS."
            )
        if not line.endswith(b"\n"):
            if len(line) >= max_bytes:
                raise ModelFailedError(f"Its answer was longer than {max_bytes} bytes.")
            raise ModelFailedError(self._fate())
        return line

    def end(self) -> None:
        """Kill the process and all of its group, once."""
        if self._has_ended:
            return
        self._has_ended = True
        with contextlib.suppress(ProcessLookupError, PermissionError):  # none of it is left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        for pipe in (self._stdin, self._stdout, self._stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _read_line(self, seconds: float, max_bytes: int) -> bytes | None:
        """The next line; without its end when it is cut short; None when time runs out."""
        left = seconds
        while b"\n" not in self._received[:max_bytes] and len(self._received) < max_bytes:
            if self._stopping.is_set():
                raise EvaluationUnavailableError("The gatekeeper is stopping.")
            before = time.monotonic()
            if not self._receive(min(_SLICE, left)):
                break
            left -= min(time.monotonic() - before, 2 * _SLICE)
            if left <= 0:
                return None
        end = self._received.find(b"\n", 0, max_bytes) + 1 or max_bytes
        line, self._received = self._received[:end], self._received[end:]
        return line

    def _receive(self, seconds: float) -> bool:
        """Take what the child has written; False at the end of its standard output."""
        is_open = True
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, 1 << 16)
            if key.fileobj is self._stdout:
                self._received += data
                is_open = bool(data)
            elif data:
                self._complaints = (self._complaints + data)[-_TAIL:]
            else:
                self._selector.unregister(key.fileobj)
        return is_open

    def _fate(self) -> str:
        """How it ended by itself."""
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "It closed its output without an answer."
        if status >= 0:
            return f"It ended with status {status} and without an answer."
        name = signal.Signals(-status).name
        hint = " Most likely it took too much memory." if -status == signal.SIGKILL else ""
        return f"It was ended by {name}.{hint}"

    @property
    def _stdin(self) -> IO[bytes]:
        return _opened(self._process.stdin)

    @property
    def _stdout(self) -> IO[bytes]:
        return _opened(self._process.stdout)

    @property
    def _stderr(self) -> IO[bytes]:
        return _opened(self._process.stderr)


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - Popen was asked for all three
    return pipe


def _environment() -> dict[str, str]:
    """What an interpreter needs, and nothing that the gatekeeper was told: no token, no settings.

    One thread for each library: a model's time is not to depend on the processors.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    path = os.pathsep.join([str(_ROOT), *filter(None, sys.path)])
    return {**kept, **threads, "PYTHONPATH": path}
