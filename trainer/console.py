"""Lines for people, and, where the output is a terminal, one line that says what is going on."""

import shutil
from collections.abc import Iterable
from time import monotonic
from typing import TextIO

_CLEAR = "\r\x1b[K"
_ROOM_FOR_SECONDS = 12


class Console:
    """Writes to *stream*; the passing line appears only when that is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._working: str | None = None
        self._since = monotonic()

    def line(self, text: str = "") -> None:
        """Write something that stays."""
        self.clear()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def lines(self, texts: Iterable[str]) -> None:
        """Write several lines that stay."""
        for text in texts:
            self.line(text)

    def working(self, text: str) -> None:
        """Show what is being done and for how long, until the next line takes its place."""
        if not self._is_terminal:
            return
        if text != self._working:
            self._working, self._since = text, monotonic()
        seconds = monotonic() - self._since
        widest = shutil.get_terminal_size().columns - _ROOM_FOR_SECONDS
        self._stream.write(f"{_CLEAR}{text[:widest]} ... {seconds:.0f} s")
        self._stream.flush()

    def clear(self) -> None:
        """Take the passing line away, for what is written elsewhere."""
        if self._working is not None:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._working = None
