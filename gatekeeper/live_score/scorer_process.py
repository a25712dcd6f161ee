"""The child process that scores production by its labels, seen from the gatekeeper.

It lives on between requests, because it knows the segments that it has read.
"""

import os
import selectors
import signal
import subprocess
import sys
import threading
import time

from gatekeeper.evaluation.fork_server import child_environment
from gatekeeper.evidence.child_messages import decode_result, encode_message
from gatekeeper.evidence.live_score_messages import (
    MAX_RESULT_BYTES,
    LiveScoreRequest,
    LiveScoreResult,
)
from shared.errors import DocumentError, EvaluationUnavailableError

SCORER = "gatekeeper.sandbox.live_score.live_scorer"
SECONDS = 300.0
"""Seconds in which the process must respond; the first time it reads the whole log."""
_INTERVAL = 0.1


class ScorerProcess:
    """A process that starts with the first request. Use it from one thread only."""

    def __init__(
        self, stopping: threading.Event, module: str = SCORER, seconds: float = SECONDS
    ) -> None:
        self._stopping = stopping
        self._module = module
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process; None if it does not run."""
        return self._process.pid if self._process else None

    def ask(self, request: LiveScoreRequest) -> LiveScoreResult:
        """Score the versions in *request*.

        Raises EvaluationUnavailableError if the process fails, which ends it, or if the gatekeeper
        stops. The next request starts another process.
        """
        try:
            return decode_result(LiveScoreResult, self._exchange(encode_message(request)))
        except (OSError, DocumentError) as error:
            self.close()
            raise EvaluationUnavailableError(f"The labelled rows cannot be scored: {error}") from (
                error
            )
        except EvaluationUnavailableError:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def _exchange(self, line: bytes) -> bytes:
        if self._process is not None and self._process.poll() is not None:
            self.close()  # it was killed since its last response
        process = self._process = self._process or _start(self._module)
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        process.stdin.write(line)
        process.stdin.flush()
        return self._read_line(process)

    def _read_line(self, process: "subprocess.Popen[bytes]") -> bytes:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        received, left = b"", self._seconds
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not received.endswith(b"\n"):
                before = time.monotonic()
                if selector.select(_INTERVAL):
                    data = os.read(process.stdout.fileno(), 1 << 16)
                    received += data
                    if not data or len(received) > MAX_RESULT_BYTES:
                        raise EvaluationUnavailableError(_describe_end(process, received))
                if self._stopping.is_set():
                    raise EvaluationUnavailableError("The gatekeeper is stopping.")
                left -= min(time.monotonic() - before, 2 * _INTERVAL)  # a pause does not count
                if left <= 0:
                    raise EvaluationUnavailableError(
                        f"The labelled rows were not scored within {self._seconds:g} s. Set "
                        "GATEKEEPER_LIVE_SCORE_ROWS to fewer rows, or PREDICTOR_LOG_MIB to less."
                    )
        return received


def _start(module: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-m", module, str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        env=child_environment(),
        start_new_session=True,
    )


def _describe_end(process: "subprocess.Popen[bytes]", received: bytes) -> str:
    if len(received) > MAX_RESULT_BYTES:
        return f"The response of the scoring process was longer than {MAX_RESULT_BYTES} bytes."
    status = process.wait()
    hint = " Most likely it used too much memory." if status == -signal.SIGKILL else ""
    return f"The process that scores labelled rows ended with status {status}.{hint}"
