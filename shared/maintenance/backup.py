"""`python -m shared.maintenance.backup FILE`: copy the store at STORE_DIR into one file.

The services may keep running.
"""

import sys
from pathlib import Path

from shared.errors import ModelgateError
from shared.maintenance.backup_steps import find_unfinished, stream_backup, write_backup
from shared.maintenance.command_line import file_parser, read_arguments
from shared.maintenance.restore_steps import STANDARD_STREAM
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_existing_store
from shared.text import to_printable


def main() -> int:
    """Write the backup and describe it; return 1 after an error."""
    parser = file_parser(
        "backup",
        "Copy the store at STORE_DIR into one file.",
        "the new backup; `-` is standard output",
    )
    parser.add_argument(
        "--rows", action="store_true", help="add the logged rows and the labels (ROWS=yes)"
    )
    arguments = read_arguments(parser)
    name: str = arguments.file
    try:
        store = open_existing_store(load_settings(CommonSettings).store_dir)
        is_stream = name == STANDARD_STREAM
        if is_stream:
            contents = stream_backup(store, with_rows=arguments.rows)
        else:
            contents = write_backup(store, Path(name), with_rows=arguments.rows)
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 1
    for sentence in contents.left_out:
        print(f"note: {to_printable(sentence)}", file=sys.stderr)
    for path in [] if is_stream else find_unfinished(Path(name).parent):
        note = f"{path} is the file of a backup that was killed, or that runs now"
        print(f"note: {to_printable(note)}. If none runs, delete it.", file=sys.stderr)
    backup = "backup" if is_stream else f"backup {name}"
    print(f"Wrote the {backup} of {contents.describe()}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
