"""Files with a secret in them: what others can use is none."""

import os
import stat
from pathlib import Path

from shared.errors import ModelgateError

_TOO_PERMISSIVE = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


def read_secret(path: Path, what: str, max_bytes: int, error: type[ModelgateError]) -> bytes:
    """The first *max_bytes* and one of a file that only its owner, and its group, may read.

    Raises *error*, whose message calls the file *what*.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(max_bytes + 1)
    except OSError as cause:
        raise error(f"The {what} {path} cannot be read: {cause.strerror or cause}.") from cause
    if mode & _TOO_PERMISSIVE:
        raise error(
            f"The {what} {path} has mode {stat.S_IMODE(mode):04o}, so that others can use it. "
            f"Run `chmod 600 {path}`."
        )
    return content
