"""The argument FILE of the commands `backup` and `restore`."""

import argparse

from shared.maintenance.restore_steps import STANDARD_STREAM


def file_parser(command: str, description: str, meaning: str) -> argparse.ArgumentParser:
    """Return a parser with the argument FILE, whose *meaning* is in the help."""
    parser = argparse.ArgumentParser(
        prog=f"python -m shared.maintenance.{command}", description=description
    )
    parser.add_argument("file", metavar="FILE", help=meaning)
    return parser


def read_arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the arguments, with FILE in `file`; exit with 2 if they are wrong."""
    arguments = parser.parse_args()
    name: str = arguments.file
    if name.startswith("-") and name != STANDARD_STREAM:
        parser.error(f"FILE begins with '-'; write it as ./{name}")
    return arguments
