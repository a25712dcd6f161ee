"""`python -m gatekeeper.sandbox.fork_server PARENT MODULE…`: fork child processes, ready at once.

This process imports the libraries once, and never loads a model. So each child begins with the
same libraries, and with nothing that another child did.

A request is one byte on standard input, a socket: the index of a module. With it come a child's
standard input, output and error, and a pipe for its process id and its exit status.
`gatekeeper.evaluation.fork_server` is the parent.
"""

import contextlib
import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from gatekeeper.sandbox.resource_limits import exit_with_parent

PRELOADED = {
    "gatekeeper.sandbox.comparer": ("gatekeeper.sandbox.comparer",),
    "gatekeeper.sandbox.scorer": (
        "gatekeeper.evidence.evaluation_messages",
        "shared.scoring.holdout_file",
        "shared.scoring.scorers",
    ),
    "gatekeeper.sandbox.live_rows.replayer": ("shared.inference.logged_rows",),
    "gatekeeper.sandbox.live_rows.comparer": ("gatekeeper.sandbox.live_rows.comparer",),
}
"""Imports before the fork, by module. onnxruntime is missing: its import starts a thread."""
_DESCRIPTORS = 4


class ForkServer:
    """The parent of all children. It has one thread, and runs no code of a model."""

    def __init__(self, channel: socket.socket, modules: Sequence[str]) -> None:
        self._channel = channel
        self._modules = modules
        self._status_pipes: dict[int, int] = {}
        """Pipes that wait for the exit status, by process id."""

    def serve(self) -> None:
        """Start a child for each request, until the gatekeeper closes the socket."""
        signal.signal(signal.SIGCHLD, self._report_ended)
        while True:
            message, descriptors, *_ = socket.recv_fds(self._channel, 1, _DESCRIPTORS)
            if not message:
                return
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            if len(descriptors) == _DESCRIPTORS:
                *streams, pipe = descriptors
                self._start(self._modules[message[0]], streams, pipe)
            for descriptor in {*descriptors} - {*self._status_pipes.values()}:
                os.close(descriptor)  # a closed pipe without a number says that no child started

    def _start(self, module: str, streams: Sequence[int], pipe: int) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        try:
            child = self._fork(module, streams, pipe) if can_fork() else _spawn(module, streams)
            os.write(pipe, b"%d\n" % child)
            self._status_pipes[child] = pipe
        except OSError as error:
            os.write(streams[-1], f"It cannot be started: {error}".encode())
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def _fork(self, module: str, streams: Sequence[int], pipe: int) -> int:
        server = os.getpid()
        child = os.fork()
        if child == 0:
            try:
                self._leave_server(streams, pipe)
                import_module(module).main(server)
                os._exit(0)
            except BaseException:  # noqa: BLE001 - a child never returns to the server's loop
                traceback.print_exc()
            finally:
                os._exit(1)
        with contextlib.suppress(OSError):  # the child was faster
            os.setpgid(child, child)
        return child

    def _leave_server(self, streams: Sequence[int], pipe: int) -> None:
        """Keep nothing of the server open, and lead a group that is killed as a whole."""
        os.setpgid(0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        for descriptor in (self._channel.fileno(), *self._status_pipes.values(), *streams, pipe):
            os.close(descriptor)

    def _report_ended(self, *_: object) -> None:
        """Report the children that have ended, and kill processes that they left behind."""
        for child in tuple(self._status_pipes):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended:
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing is left
                os.killpg(child, signal.SIGKILL)
            pipe = self._status_pipes.pop(child)
            with contextlib.suppress(BrokenPipeError):  # the gatekeeper does not wait for it
                os.write(pipe, b"%d\n" % os.waitstatus_to_exitcode(status))
            os.close(pipe)


def can_fork() -> bool:
    """Return whether this process has one thread: other threads would be missing in a child.

    Only Linux reports that. Elsewhere, also system libraries do not allow forks.
    """
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def _spawn(module: str, streams: Sequence[int]) -> int:
    """Start a child in a new interpreter, which imports the libraries again."""
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", module, str(os.getpid())],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(streams)],
        setpgroup=0,
    )


def _preload(modules: Sequence[str]) -> None:
    for module in modules:
        for name in PRELOADED.get(module, ()):
            with contextlib.suppress(ImportError):  # the child's own import reports it
                import_module(name)
    gc.collect()
    gc.freeze()  # collections in children would copy the memory that they share


def main() -> None:
    """Import the libraries and serve requests."""
    exit_with_parent(int(sys.argv[1]))
    channel = socket.socket(fileno=os.dup(0))
    modules = sys.argv[2:]
    _preload(modules)
    ForkServer(channel, modules).serve()


if __name__ == "__main__":
    main()
