"""What the stack prints: to the terminal, and to a bounded file that `make logs` follows."""

import contextlib
import io
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO

from shared.store.durable_write import FILE_MODE

MAX_BYTES = 5 << 20
"""Size of the file at which it makes way for a new one; one older file is kept."""


class RunOutput:
    """A stream of bytes with two ends. Losing one of them never stops the services."""

    def __init__(self, terminal: BinaryIO, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._terminal = terminal
        self._file = _RunLog(path, maxBytes=max_bytes, backupCount=1, encoding="utf-8")

    def write(self, data: bytes) -> int:
        """Show *data* and keep it."""
        with contextlib.suppress(OSError):  # the terminal is gone
            self._terminal.write(data)
            self._terminal.flush()
        self._file.emit(logging.makeLogRecord({"msg": data.decode(errors="replace")}))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Close the file; the terminal is its owner's."""
        self._file.close()


class _RunLog(RotatingFileHandler):
    terminator = ""  # lines come with their ends

    def _open(self) -> io.TextIOWrapper:
        stream = super()._open()
        # Whatever the umask: nobody else may write on a store.
        os.fchmod(stream.fileno(), FILE_MODE)
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk is the services' to report; it must not flood the terminal."""
