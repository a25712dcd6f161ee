"""Run a query in a child process, and keep its rows in a file without a name."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from shared.errors import DatasetError
from trainer.databases.messages import explain_limit, explain_no_rows
from trainer.databases.request import QueryRequest

_CLOSING_SECONDS = 5.0
"""Seconds after the limit of the query, so that the server can say that it ended the query."""
ShowRows = Callable[[int], None]


@dataclass(frozen=True)
class QueryRows:
    """The rows of a query, in a file of Parquet that has no name."""

    file: IO[bytes]
    """The open file. The rows are deleted when nothing refers to this object any more."""
    names: Sequence[str]
    """The names of the columns, by their place."""
    unread: Sequence[str]
    """The type of each column that was not read; empty for one that was."""

    @property
    def path(self) -> Path:
        """A path to the open file, for this process."""
        return Path(f"/dev/fd/{self.file.fileno()}")


def run_query(request: QueryRequest, show_rows: ShowRows) -> QueryRows:
    """Run a query, and tell *show_rows* the number of rows so far.

    Raises DatasetError if it fails, takes too long or returns no rows.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the result closes it
    try:
        names, unread = _QueryProcess(request, file).run(show_rows)
    except BaseException:
        file.close()
        raise
    rows = QueryRows(file, names, unread)
    weakref.finalize(rows, file.close)
    return rows


class _QueryProcess:
    def __init__(self, request: QueryRequest, file: IO[bytes]) -> None:
        self._request = request
        self._is_late = False
        descriptor = file.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trainer.databases.query_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[descriptor],
            env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": ""},  # the messages are English
        )
        fields = {
            "address": request.address,
            "query": request.query,
            "seconds": request.seconds,
            "password": request.password,
            "file": descriptor,
            "parent": os.getpid(),
        }
        self._line = f"{json.dumps(fields)}\n".encode()

    def run(self, show_rows: ShowRows) -> tuple[list[str], list[str]]:
        """Return the names and the unread types of the columns."""
        timer = threading.Timer(self._request.seconds + _CLOSING_SECONDS, self._end_late)
        timer.start()
        rows = 0
        message: dict[str, Any] = {}
        try:
            with self._process as process:
                assert process.stdin is not None  # noqa: S101 - it is a pipe
                assert process.stdout is not None  # noqa: S101 - as above
                try:
                    process.stdin.write(self._line)
                    process.stdin.flush()
                    for line in process.stdout:
                        message = json.loads(line)
                        if "rows" in message:
                            rows = message["rows"]
                            show_rows(rows)
                finally:
                    if not message.get("names"):
                        process.kill()
        except BrokenPipeError:
            message = {}
        finally:
            timer.cancel()
        if "names" not in message:
            raise DatasetError(self._explain(message))
        if not rows:
            raise DatasetError(explain_no_rows(self._request.address))
        return message["names"], message["unread"]

    def _end_late(self) -> None:
        self._is_late = True
        self._process.kill()

    def _explain(self, message: dict[str, Any]) -> str:
        address = self._request.address
        if "error" in message:
            return str(message["error"])
        if "unwritable" in message:
            return (
                f"The rows of TRAINER_DATASET={address} cannot be kept in {tempfile.gettempdir()}: "
                f"{message['unwritable']}. Free some space there, or set TMPDIR to another folder."
            )
        if self._is_late:
            return explain_limit(address)
        if "out_of_memory" in message or self._process.returncode == -signal.SIGKILL:
            return (
                f"The query of TRAINER_DATASET={address} needs more memory than the trainer has. "
                "Select fewer rows or columns."
            )
        return (
            f"The process that runs the query of TRAINER_DATASET={address} ended with status "
            f"{self._process.returncode}. Try again, or export the rows as Parquet."
        )
