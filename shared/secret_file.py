"""Read secret files; refuse a file that other users can access."""

import os
import stat
from pathlib import Path

from shared.errors import ModelgateError

_TOO_PERMISSIVE = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


def read_secret(path: Path, label: str, max_bytes: int, error: type[ModelgateError]) -> bytes:
    """Read at most *max_bytes* + 1 bytes of a file that only its owner and group can read.

    A longer result than *max_bytes* means that the file is too large. Raises *error*, whose message
    calls the file *label*.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(max_bytes + 1)
    except OSError as cause:
        raise error(f"The {label} {path} cannot be read: {cause.strerror or cause}.") from cause
    if mode & _TOO_PERMISSIVE:
        raise error(
            f"The {label} {path} has mode {stat.S_IMODE(mode):04o}, so other users can access it. "
            f"Run `chmod 600 {path}`."
        )
    return content
