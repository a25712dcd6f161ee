"""Write a document to standard output, from where people lead it into a file."""

import contextlib
import os
import sys

from shared.errors import ClientError


def write_to_standard_output(text: str, name: str) -> None:
    """Write *text* in UTF-8 in every locale; raise ClientError with the *name*."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    except OSError as error:
        with contextlib.suppress(OSError):  # Python writes the rest again when it ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ClientError(f"{name} cannot be written: {error.strerror}.") from error
