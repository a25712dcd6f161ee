"""Lines for people, and, where the output is a terminal, one line that says what is going on."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TextIO

_CLEAR = "\r\x1b[K"
_ROOM_FOR_SECONDS = 12


class Console:
    """Writes to *stream*, as long as somebody reads it; the passing line only to a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_terminal = stream.isatty()
        self._working: str | None = None
        self._since = monotonic()

    def line(self, text: str = "") -> None:
        """Write something that stays."""
        self.clear()
        self._write(f"{text}\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Write several lines that stay."""
        for text in texts:
            self.line(text)

    def show_progress(self, text: str) -> None:
        """Show what is being done and for how long, until the next line takes its place."""
        if not self.is_terminal:
            return
        if text != self._working:
            self._working, self._since = text, monotonic()
        seconds = monotonic() - self._since
        widest = shutil.get_terminal_size().columns - _ROOM_FOR_SECONDS
        self._write(f"{_CLEAR}{text[:widest]} ... {seconds:.0f} s")

    def clear(self) -> None:
        """Take the passing line away, for what is written elsewhere."""
        if self._working is not None:
            self._write(_CLEAR)
            self._working = None

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # Nobody reads any more, as behind `| head`: the run goes on. From now on all goes
            # nowhere, also what the stream still holds and the interpreter would flush at its end.
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())
