"""Notice that the content of the data set has changed and is stable.

A look reads only names, sizes and times. The content is read when these have been the same for a
while and differ from those of the last reading.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

STABLE_SECONDS = 10.0
"""Seconds for which the data set must not change before it is read."""
_CHUNK = 1 << 20

Look = tuple[tuple[str, int, int, int], ...]
"""Name, size, time of change and inode of each file."""


class DataWatch:
    """The observer of one file, or of one folder with files."""

    def __init__(
        self,
        path: Path,
        is_stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._is_stopping = is_stopping
        self._clock = clock
        self._look: Look | None = None
        self._since = 0.0
        self._digest: str | None = None

    def digest(self) -> str | None:
        """Return the SHA-256 of the content; None while it changes or cannot be read.

        The content of one look is read only once.
        """
        look, now = self._take_look(), self._clock()
        if look is None or look != self._look:
            self._look, self._since, self._digest = look, now, None
            return None
        if now - self._since < STABLE_SECONDS:
            return None
        if self._digest is None:
            self._digest = self._read(look)
        return self._digest

    def read_now(self) -> str | None:
        """Return the SHA-256 of the present content; None if it changes or cannot be read."""
        look = self._take_look()
        return None if look is None else self._read(look)

    def _read(self, look: Look) -> str | None:
        """Hash names and contents; None if a file was replaced meanwhile."""
        whole = hashlib.sha256()
        try:
            for name, *_ in look:
                content = hashlib.sha256()
                with (self._path / name if name else self._path).open("rb") as file:
                    while chunk := file.read(_CHUNK):
                        if self._is_stopping():
                            return None
                        content.update(chunk)
                whole.update(os.fsencode(name) + b"\0" + content.digest())
        except OSError:
            return None
        if self._take_look() != look:
            self._look = None
            return None
        return whole.hexdigest()

    def _take_look(self) -> Look | None:
        """Return what names, sizes and times show; None if there is no such data set now."""
        try:
            if not self._path.is_dir():
                return (_describe("", self._path.stat()),)
            return tuple(sorted(_walk(self._path)))
        except OSError:
            return None


def _walk(folder: Path, before: str = "") -> Iterator[tuple[str, int, int, int]]:
    """Describe the files of a folder and of its partitions; the trainer ignores the same names."""
    with os.scandir(folder) as entries:
        found = [*entries]
    for each in found:
        name = f"{before}{each.name}"
        if "=" in each.name[1:] and each.is_dir():
            yield from _walk(folder / each.name, f"{name}/")
        elif each.name[0] not in "._" and each.is_file():
            yield _describe(name, each.stat())


def _describe(name: str, status: os.stat_result) -> tuple[str, int, int, int]:
    return name, status.st_size, status.st_mtime_ns, status.st_ino
