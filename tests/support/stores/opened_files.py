"""Record which files this process opens: their number shows what grows with a store."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

_recordings: list[list[str]] = []


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """Collect the names of all files that are opened during the block, but no directories."""
    _install_hook()
    names = list[str]()
    _recordings.append(names)
    try:
        yield names
    finally:
        _recordings.remove(names)


@cache
def _install_hook() -> None:
    """Install the hook once: Python cannot remove one."""
    sys.addaudithook(_record)


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if _recordings and event == "open" and not arguments[2] & os.O_DIRECTORY:
        name = Path(os.fsdecode(arguments[0])).name if not isinstance(arguments[0], int) else ""
        for names in _recordings:
            names.append(name)
