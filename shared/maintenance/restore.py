"""`python -m shared.maintenance.restore FILE`: restore a backup into the store at STORE_DIR.

STORE_DIR must be empty. With `-` for FILE the backup is read from standard input.
"""

import sys

from shared.errors import ModelgateError
from shared.maintenance.restore_steps import restore_file
from shared.settings import CommonSettings, load_settings


def main() -> int:
    """Restore the backup and describe it; return 1 after an error."""
    try:
        print(restore_file(sys.argv[1], load_settings(CommonSettings).store_dir))
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
