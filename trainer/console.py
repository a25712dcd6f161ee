"""Write lines for people, and on a terminal one progress line that is refreshed."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from threading import Event, RLock, Thread
from time import monotonic
from typing import Protocol, TextIO

from shared.text import to_printable, to_printable_lines

_CLEAR = "\r\x1b[K"
_REFRESH_SECONDS = 1.0
_FIRST_ESTIMATE_SECONDS = 2
"""Seconds of a step before its end is estimated."""


class ShowProgress(Protocol):
    """A function such as `Console.show_progress`."""

    def __call__(self, step: str, done: int = 0, total: int = 0, detail: str = "") -> None:
        """Show the current step, and how much of it is done."""


def show_nothing(step: str, done: int = 0, total: int = 0, detail: str = "") -> None:
    """Ignore the current step."""


class Console:
    """A writer to *stream*, until nobody reads it.

    On a terminal the progress line shows the current step, also while this thread computes.
    With *names_steps*, other streams get one permanent line for each step.
    """

    def __init__(self, stream: TextIO, *, names_steps: bool = False) -> None:
        self._stream = stream
        self.is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._names_steps = names_steps and not self.is_terminal
        self._lock = RLock()
        self._step: str | None = None
        self._count = ""
        self._done, self._total = 0, 0
        self._since = monotonic()
        self._is_shown = False
        self._once = set[str]()
        self._closed = Event()
        self._refresher: Thread | None = None

    def line(self, text: str = "") -> None:
        """Write a permanent line, or several. Others may have written parts of them."""
        with self._lock:
            self.clear()
            self._write(f"{to_printable_lines(text)}\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Write several permanent lines."""
        for text in texts:
            self.line(text)

    def line_once(self, text: str) -> None:
        """Write a permanent line, unless this method has written it before."""
        if text not in self._once:
            self._once.add(text)
            self.line(text)

    def show_progress(self, step: str, done: int = 0, total: int = 0, detail: str = "") -> None:
        """Show the current step: *done* of *total* pieces, its time, and the estimated rest."""
        with self._lock:
            if step != self._step:
                self._step, self._since = step, monotonic()
                if self._names_steps:
                    self.line(f"{step} ...")
            if not self.is_terminal:
                return
            self._done, self._total = done, total
            count = f" {done}/{total}" if total else ""
            self._count = f"{count}, {detail}" if detail else count
            self._show()
            if self._refresher is None:
                self._refresher = Thread(target=self._refresh, name="progress", daemon=True)
                self._refresher.start()

    def clear(self) -> None:
        """Remove the progress line, before other output."""
        with self._lock:
            if self._is_shown:
                self._write(_CLEAR)
                self._is_shown = False
            if self.is_terminal:
                self._step = None

    def close(self) -> None:
        """Remove the progress line for ever."""
        self._closed.set()
        self.clear()

    def _refresh(self) -> None:
        """Let the seconds of the progress line go on."""
        while not self._closed.wait(_REFRESH_SECONDS):
            with self._lock:
                if self._is_shown and not self._closed.is_set():
                    self._show()

    def _show(self) -> None:
        seconds = monotonic() - self._since
        times = f" ... {show_seconds(seconds)}"
        if 0 < self._done < self._total and seconds >= _FIRST_ESTIMATE_SECONDS:
            rest = seconds / self._done * (self._total - self._done)
            times += f", about {show_seconds(rest)} left"
        text = to_printable(f"{self._step}{self._count}")
        # A character in the last column would begin another line on some terminals.
        columns = shutil.get_terminal_size().columns - 1
        shown = f"{text[: max(0, columns - len(times))]}{times}"
        self._is_shown = True
        self._write(f"{_CLEAR}{shown if len(times) < columns else text[: max(0, columns)]}")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # The reader has gone, as behind `| head`, but the run continues. All further output
            # goes to /dev/null, also the buffer that the interpreter flushes at its end.
            with Path(os.devnull).open("wb") as null:
                os.dup2(null.fileno(), self._stream.fileno())


def show_seconds(seconds: float) -> str:
    """Write a duration with its two largest units."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_of_hour = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_of_hour} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
