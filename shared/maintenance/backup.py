"""`python -m shared.maintenance.backup FILE`: copy the store at STORE_DIR into one file.

The services may keep running. With `-` for FILE the backup goes to standard output.
"""

import sys
from pathlib import Path

from shared.errors import ModelgateError
from shared.maintenance.backup_steps import stream_backup, write_backup
from shared.maintenance.restore_steps import STANDARD_STREAM
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_existing_store


def main() -> int:
    """Write the backup and describe it; return 1 after an error."""
    name = sys.argv[1]
    try:
        store = open_existing_store(load_settings(CommonSettings).store_dir)
        is_stream = name == STANDARD_STREAM
        contents = stream_backup(store) if is_stream else write_backup(store, Path(name))
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for sentence in contents.left_out:
        print(f"note: {sentence}", file=sys.stderr)
    target = "" if is_stream else f" to {name}"
    print(f"Backed up{target} {contents.describe()}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
