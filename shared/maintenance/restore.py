"""`python -m shared.maintenance.restore FILE`: make a backup the store at STORE_DIR.

STORE_DIR must be empty.
With `-` for FILE it is read from standard input.
"""

import sys
from pathlib import Path

from shared.errors import BackupError, ModelgateError
from shared.maintenance.backup import STANDARD_STREAM
from shared.maintenance.restore_steps import restore
from shared.settings import CommonSettings, load_settings


def restored(name: str, root: Path) -> str:
    """Restore the file called *name*, or standard input, into *root*; says what that was.

    Raises what `restore` raises, and BackupError when the file cannot be opened.
    """
    if name == STANDARD_STREAM:
        log = restore(sys.stdin.buffer, "standard input", root)
    else:
        try:
            with Path(name).open("rb") as source:
                log = restore(source, name, root)
        except OSError as error:
            raise BackupError(
                f"The backup {name} cannot be read: {error.strerror}. Name one: FILE=…"
            ) from error
    version = log.registry.version if log.registry else 0
    return f"Restored version {version} with {len(log.entries)} decisions into {root}."


def main() -> int:
    """Say what is in production now; 1 when nothing was restored."""
    try:
        print(restored(sys.argv[1], load_settings(CommonSettings).store_dir))
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
