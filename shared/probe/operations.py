"""The operations of one process in the directory of a probe, as the services do them."""

import errno
import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.errors import StoreError, StoreWriteError
from shared.store.durable_write import (
    append_line,
    make_directory,
    publish_directory,
    replace_file,
    write_new_file,
)
from shared.store.verified_read import read_document
from shared.volume.fresh_names import list_directory

_PADDING = b"x" * 6000
MAX_SECONDS = 20.0
"""Longest wait in seconds for a change to become visible."""


class Operations:
    """The operations of one process; their arguments and results are JSON."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._counts = Counter[str]()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def make_files(self, who: str, count: int) -> None:
        """Write *count* files, which `link_one` links."""
        make_directory(self._directory / "links")
        for number in range(count):
            write_new_file(self._directory / "links" / f"{who}-{number}", [who.encode()])

    def link_one(self, who: str, number: int) -> str:
        """Try to be the first of two that link a name; return `won` or the name of the error."""
        own, name = (self._directory / "links" / each for each in (f"{who}-{number}", str(number)))
        try:
            os.link(own, name)
        except OSError as error:
            if error.errno == errno.EEXIST and own.stat().st_nlink == 2:  # noqa: PLR2004 - own name and the common one
                return "won"
            return errno.errorcode.get(error.errno or 0, "error")
        return "won"

    def replace(self, name: str, number: int) -> str:
        """Replace a file by rename; return `done` or the name of the error."""
        body = b"%d %s" % (number, _PADDING)
        try:
            replace_file(self._directory / name, hashlib.sha256(body).hexdigest().encode() + body)
        except StoreWriteError as error:
            cause = error.__cause__
            code = cause.errno if isinstance(cause, OSError) else None
            return errno.errorcode.get(code or 0, "error")
        return "done"

    def publish(self, number: int) -> str:
        """Publish a directory of three files by one rename."""
        staging = self._directory / "published" / f".staging-{number}"
        make_directory(staging)
        for part in range(3):
            body = b"%d %s" % (number, _PADDING)
            data = hashlib.sha256(body).hexdigest().encode() + body
            write_new_file(staging / f"part-{part}", [data])
        try:
            publish_directory(staging, self._directory / "published" / f"d{number}")
        except (StoreWriteError, FileExistsError) as error:
            return str(error)
        return "done"

    def append(self, who: str, race: int, count: int) -> None:
        """Append *count* lines to a common file."""
        for number in range(count):
            line = f"{who} {race} {number} {'y' * 100}\n"
            append_line(self._directory / "log", line.encode())

    def count_lines(self) -> int:
        """Return the number of whole lines in the common file."""
        lines = read_document(self._directory / "log").split(b"\n")
        return len({line for line in lines if line.endswith(b"y" * 100)})

    def begin_reading(self, name: str) -> None:
        """Read a file again and again, and count the results, until `stop`."""
        last = [-1]

        def read() -> None:
            number = self._read(name)
            if isinstance(number, str):
                self._counts[number] += 1
                return
            self._counts["old" if number < last[0] else "whole"] += 1
            last[0] = max(last[0], number)

        self._begin(read)

    def begin_listing(self) -> None:
        """Read every file of each new directory until `stop`."""
        seen = set[str]()

        def look() -> None:
            names = {name for name in self._list("published") if not name.startswith(".")}
            for name in names - seen:
                seen.add(name)
                for part in range(3):
                    found = self._read(f"published/{name}/part-{part}")
                    self._counts[found if isinstance(found, str) else "whole"] += 1

        self._begin(look)

    def begin_polling(self, name: str, *, by_list: bool) -> None:
        """Look for a name ten times a second until it is there."""

        def look() -> None:
            folder, _, last = name.rpartition("/")
            is_there = last in self._list(folder) if by_list else self._read(name) != "missing"
            self._counts["looks"] += 1
            if is_there:
                self._counts["found"] += 1
                self._stopping.set()
            self._stopping.wait(0.1)

        self._begin(look)

    def wait(self) -> dict[str, int]:
        """Wait until the polled name was found, and return the counts."""
        if self._thread is not None:
            self._thread.join(MAX_SECONDS)
        return self.stop()

    def stop(self) -> dict[str, int]:
        """Stop what was begun, and return its counts."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        return dict(self._counts)

    def make_folder(self, name: str) -> None:
        """Make a directory."""
        make_directory(self._directory / name)

    def read_files(self) -> int:
        """Return the number of files that `begin_listing` has read."""
        return self._counts.total()

    def looks(self) -> int:
        """Return the number of looks of `begin_polling`."""
        return self._counts["looks"]

    def _begin(self, action: Callable[[], None]) -> None:
        self._counts.clear()
        self._stopping.clear()

        def run() -> None:
            until = time.monotonic() + 2 * MAX_SECONDS
            while not self._stopping.is_set() and time.monotonic() < until:
                action()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def _list(self, folder: str) -> list[str]:
        try:
            return list_directory(self._directory / folder)
        except FileNotFoundError:
            return []

    def _read(self, name: str) -> int | str:
        """Return the number in a file, or `missing`, `torn` or `error`."""
        try:
            data = read_document(self._directory / name)
        except FileNotFoundError:
            return "missing"
        except (StoreError, OSError):
            return "error"
        digest, body = data[:64], data[64:]
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return "torn"
        return int(body.partition(b" ")[0])


def perform(operations: Operations, name: str, arguments: dict[str, Any]) -> Any:
    """Call one operation by its name."""
    if name.startswith("_"):
        raise AttributeError(name)
    return getattr(operations, name)(**arguments)
