"""The process that forks all child processes, seen from the gatekeeper.

It has loaded the libraries and no model (`gatekeeper.sandbox.fork_server`), so that a child is
ready in milliseconds.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gatekeeper.evaluation.forked_process import ForkedProcess
from shared.errors import EvaluationUnavailableError

_ROOT = Path(__file__).parents[2]
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_ONE_THREAD = {
    # A model's time must not depend on the number of processors.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # pyarrow starts a thread otherwise, and a process with threads must not fork.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}


class ForkServer:
    """A fork server that runs from its first child to `close`, and starts again if it is killed.

    Use it from one thread only; the server exits with it.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        """Describe a server that starts children from *modules*, by their indices."""
        self._modules = modules
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def prepare(self) -> socket.socket:
        """Start the server if it does not run; raise EvaluationUnavailableError if impossible."""
        if self._channel is None or self._process is None or self._process.poll() is not None:
            self.close()
            self._channel, theirs = socket.socketpair()
            with theirs:
                self._start(theirs)
        return self._channel

    def fork(self, index: int) -> ForkedProcess:
        """Start a child from the module with this index; raises EvaluationUnavailableError."""
        channel = self.prepare()
        pipes = [os.pipe() for _ in range(4)]
        ours = [pipes[0][1], *(pipe[0] for pipe in pipes[1:])]
        theirs = [pipes[0][0], *(pipe[1] for pipe in pipes[1:])]
        child = ForkedProcess(ours[:3], ours[3])
        try:
            socket.send_fds(channel, [bytes([index])], theirs)
        except OSError as error:
            child.close()
            raise EvaluationUnavailableError(
                f"The process that starts child processes has ended: {error}."
            ) from error
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        return child

    def close(self) -> None:
        """Kill the server; its children die with it."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._channel = self._process = None

    def _start(self, channel: socket.socket) -> None:
        module = "gatekeeper.sandbox.fork_server"
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-m", module, str(os.getpid()), *self._modules],
                stdin=channel.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=child_environment(),
                start_new_session=True,
            )
        except OSError as error:
            self.close()
            raise EvaluationUnavailableError(
                f"The process that starts child processes cannot be started: {error}."
            ) from error


def child_environment() -> dict[str, str]:
    """Return what an interpreter needs, without the gatekeeper's settings and secrets."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join([str(_ROOT), *filter(None, sys.path)])
    return {**kept, **_ONE_THREAD, "PYTHONPATH": path}
