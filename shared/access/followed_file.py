"""Follow files that other programs replace, such as keys and certificates.

New content counts when two reads in succession agree. So the service does not use a file that is
being written, or a pair of files before both are replaced. Content that cannot be used is
reported, and the last good content stays in use.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from shared.errors import ModelgateError

logger = logging.getLogger(__name__)

FOLLOW_SECONDS = 0.5
"""Seconds between two reads of the files."""
_STOP_SECONDS = 1.0

_Value = TypeVar("_Value")


class Followed(Protocol):
    """Files whose newest content a service uses."""

    @property
    def problem(self) -> str | None:
        """Why the present content of the files is not used."""

    def poll(self) -> None:
        """Read the files, and use them if they are new and good."""


class FollowedFile(Generic[_Value]):
    """The newest good content of one file, or of several files that belong together.

    Args:
        label: The name of the files at the start of a line in the log.
        read: Return the bytes of all files. Raises ModelgateError.
        build: Make the value from the files. Raises ModelgateError.
        on_change: Called after the value was replaced.

    Raises:
        ModelgateError: The files cannot be used at the start.
    """

    def __init__(
        self,
        label: str,
        read: Callable[[], bytes],
        build: Callable[[bytes], _Value],
        on_change: Callable[[], object] = lambda: None,
    ) -> None:
        self._label = label
        self._read = read
        self._build = build
        self.on_change = on_change
        self.problem: str | None = None
        self._used = self._last = read()
        self.value = build(self._used)
        """The value in use. It is replaced, never changed."""

    def poll(self) -> None:
        """Read the files once. Use their content if it is new, unchanged since the last read."""
        try:
            content = self._read()
            last, self._last = self._last, content
            if content == self._used:
                self._report(None)
            elif content == last:
                self.value = self._build(content)
                self._used = content
                self._report(None)
                logger.info("%s: the new content is in use.", self._label)
                self.on_change()
        except ModelgateError as error:
            self._report(f"{self._label}: {error} The content before it stays in use.")

    def _report(self, problem: str | None) -> None:
        if problem not in {None, self.problem}:
            logger.warning("%s", problem)
        self.problem = problem


class FileFollower:
    """A thread that polls files until `stop`, and survives every error."""

    def __init__(
        self, files: Sequence[Followed], on_problem: Callable[[str | None], object] = lambda _: None
    ) -> None:
        self._files = files
        self._on_problem = on_problem
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow-files", daemon=True)

    def start(self) -> None:
        """Follow the files, if there are any."""
        if self._files:
            self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._stopping.set()
        if self._files:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(FOLLOW_SECONDS):
            try:
                for file in self._files:
                    file.poll()
                problems = [file.problem for file in self._files if file.problem]
                self._on_problem(" ".join(problems) or None)
            except Exception:
                logger.exception("Following files failed; the service tries again.")
