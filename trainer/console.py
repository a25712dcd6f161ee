"""Write lines for people, and on a terminal one progress line that is refreshed."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TextIO

_CLEAR = "\r\x1b[K"
_SECONDS_WIDTH = 12


class Console:
    """A writer to *stream*, until nobody reads it. Only a terminal gets the progress line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_terminal = stream.isatty()
        self._progress: str | None = None
        self._since = monotonic()

    def line(self, text: str = "") -> None:
        """Write a permanent line."""
        self.clear()
        self._write(f"{text}\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Write several permanent lines."""
        for text in texts:
            self.line(text)

    def show_progress(self, text: str) -> None:
        """Show the current step and its duration on the progress line."""
        if not self.is_terminal:
            return
        if text != self._progress:
            self._progress, self._since = text, monotonic()
        seconds = monotonic() - self._since
        widest = shutil.get_terminal_size().columns - _SECONDS_WIDTH
        self._write(f"{_CLEAR}{text[:widest]} ... {seconds:.0f} s")

    def clear(self) -> None:
        """Remove the progress line, before other output."""
        if self._progress is not None:
            self._write(_CLEAR)
            self._progress = None

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # The reader has gone, as behind `| head`, but the run continues. All further output
            # goes to /dev/null, also the buffer that the interpreter flushes at its end.
            with Path(os.devnull).open("wb") as null:
                os.dup2(null.fileno(), self._stream.fileno())
