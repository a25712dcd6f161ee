"""`python -m deploy.local.api_key NAME [FILE]`: make a key for a client of the predictor.

The key itself is stored nowhere: it is printed once. With FILE, the line with its hash is added.
"""

import argparse
import os
import sys
from pathlib import Path

from predictor.http.api_keys import make_key
from shared.errors import ApiKeysError, ModelgateError
from shared.store.durable_write import SECRET_MODE, make_directory
from shared.text import to_printable_lines


def main() -> int:
    """Make a key and print it; return 1 after an error."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.api_key",
        description="Make a key for a client of the predictor.",
    )
    parser.add_argument("name", metavar="NAME", help="the client's name, which metrics show")
    parser.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help="add the line with the hash to FILE"
    )
    arguments = parser.parse_args()
    try:
        key, line = make_key(arguments.name)
        if arguments.file is not None:
            _append(arguments.file, line)
    except ModelgateError as error:
        print(f"error: {to_printable_lines(error)}", file=sys.stderr)
        return 1
    if arguments.file is None:
        print("Add this line to the file of PREDICTOR_API_KEYS_FILE:", file=sys.stderr)
        print(f"  {line}", file=sys.stderr)
    else:
        print(f"The hash is in {arguments.file}.", file=sys.stderr)
    print(
        "The key is not shown again. Requests send it as `Authorization: Bearer KEY`:",
        file=sys.stderr,
    )
    print(key)
    return 0


def _append(path: Path, line: str) -> None:
    """Add *line* in place, so that the file keeps its owner. Raises ApiKeysError."""
    try:
        make_directory(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, SECRET_MODE)
        with os.fdopen(descriptor, "ab+") as file:
            file.seek(0)
            start = "\n" if (content := file.read()) and not content.endswith(b"\n") else ""
            file.write(f"{start}{line}\n".encode())
    except OSError as error:
        raise ApiKeysError(
            f"The key could not be added to {path}: {error.strerror or error}."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
