"""The output of the local stack: on the terminal, and in a file that `make logs` follows."""

import contextlib
import io
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO

from shared.store.durable_write import FILE_MODE

MAX_BYTES = 5 << 20
"""Bytes after which a new log file begins. One older file is kept."""


class RunOutput:
    """A stream of bytes to terminal and file. A failure of either does not stop the services."""

    def __init__(self, terminal: BinaryIO, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._terminal = terminal
        self._file = _RunLog(path, maxBytes=max_bytes, backupCount=1, encoding="utf-8")

    def write(self, data: bytes) -> int:
        """Write *data* to both."""
        with contextlib.suppress(OSError):  # the terminal is gone
            self._terminal.write(data)
            self._terminal.flush()
        self._file.emit(logging.makeLogRecord({"msg": data.decode(errors="replace")}))
        return len(data)

    def flush(self) -> None:
        """Do nothing: every write is flushed."""

    def close(self) -> None:
        """Close the file. The terminal stays open."""
        self._file.close()


class _RunLog(RotatingFileHandler):
    terminator = ""  # each line has its line end already

    def _open(self) -> io.TextIOWrapper:
        stream = super()._open()
        # Independent of the umask: no other user may write on a store.
        os.fchmod(stream.fileno(), FILE_MODE)
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Ignore errors such as a full disk: the services report them."""
