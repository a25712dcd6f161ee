"""`python -m shared.maintenance.restore FILE`: restore a backup into the store at STORE_DIR.

The store must be empty.
"""

import sys

from shared.errors import ModelgateError
from shared.maintenance.command_line import file_parser, read_arguments
from shared.maintenance.restore_steps import restore_file
from shared.settings import CommonSettings, load_settings
from shared.text import to_printable


def main() -> int:
    """Restore the backup and describe it; return 1 after an error."""
    parser = file_parser(
        "restore",
        "Restore a backup into the empty store at STORE_DIR.",
        "the backup; `-` is standard input",
    )
    name: str = read_arguments(parser).file
    try:
        print(restore_file(name, load_settings(CommonSettings).store_dir))
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
