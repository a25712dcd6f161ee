"""Too many open files, when one file is opened."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest


def cannot_open(patch: pytest.MonkeyPatch, path: Path) -> None:
    """Let no open of *path* succeed in a store, until *patch* is undone."""
    directory, open_ = path.parent.resolve(), os.open

    def fail(name: Any, flags: int, *mode: Any, dir_fd: int | None = None) -> int:
        if name == path.name and Path(f"/proc/self/fd/{dir_fd}").resolve() == directory:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return open_(name, flags, *mode, dir_fd=dir_fd)

    patch.setattr(os, "open", fail)
