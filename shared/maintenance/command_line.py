"""The argument FILE of the commands `backup` and `restore`."""

import argparse

from shared.maintenance.restore_steps import STANDARD_STREAM


def read_file_argument(command: str, description: str, meaning: str) -> str:
    """Return FILE, whose *meaning* is in the help; exit with 2 if the arguments are wrong."""
    parser = argparse.ArgumentParser(
        prog=f"python -m shared.maintenance.{command}", description=description
    )
    parser.add_argument("file", metavar="FILE", help=meaning)
    name: str = parser.parse_args().file
    if name.startswith("-") and name != STANDARD_STREAM:
        parser.error(f"FILE begins with '-'; write it as ./{name}")
    return name
