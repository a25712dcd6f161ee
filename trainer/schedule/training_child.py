"""One training as a child process, whose output goes to the log of the waiting trainer."""

import contextlib
import os
import subprocess
import sys
import threading
from typing import Protocol

from shared.training.training_status import MAX_MESSAGE_CHARACTERS

STOP_SECONDS = 5.0
"""Seconds between SIGTERM and SIGKILL."""
_ERROR = "error: "


class TrainingChild(Protocol):
    """A training that runs, or has ended."""

    def poll(self) -> int | None:
        """Return the exit status; negative for a signal, None while it runs."""
        ...

    def stop(self) -> int:
        """Stop it, and return the exit status."""
        ...

    @property
    def error(self) -> str | None:
        """The error that it has printed."""
        ...


class TrainingProcess:
    """`python -m trainer` in a process of its own, which ends with this one."""

    def __init__(self, lock: int) -> None:
        """Start it; *lock* is the open file with the lock of trainings, which it releases."""
        command = [sys.executable, "-m", "trainer"]
        command += ["--training-lock", str(lock), "--end-with-parent", str(os.getpid())]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=[lock],
        )
        self._error: list[str] = []
        self._reader = threading.Thread(target=self._pass_on, name="training-output", daemon=True)
        self._reader.start()

    def poll(self) -> int | None:
        """Return the exit status; negative for a signal, None while it runs."""
        status = self._process.poll()
        if status is not None:
            self._reader.join(STOP_SECONDS)  # a process of the training may still have the pipe
        return status

    def stop(self) -> int:
        """Send SIGTERM, and SIGKILL to one that does not end."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self._process.kill()
        return self._process.wait()

    @property
    def error(self) -> str | None:
        """The last error that it has printed, with the lines after it."""
        return "".join(self._error).strip()[:MAX_MESSAGE_CHARACTERS] or None

    def _pass_on(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            if line.startswith(_ERROR):
                self._error = [line.removeprefix(_ERROR)]
            elif self._error and len(self._error) < MAX_MESSAGE_CHARACTERS:
                self._error.append(line)
            with contextlib.suppress(OSError):  # nobody reads our log
                sys.stdout.write(line)
                sys.stdout.flush()
