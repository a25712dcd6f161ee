"""`python -m deploy.containers.waiting_probe`: exit with 0 if a process waits to train.

Docker runs it every few seconds. It imports little, because the imports are most of its time.
"""

import os
import sys
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.training.file_lock import is_trainer_waiting

_USAGE = "usage: python -m deploy.containers.waiting_probe"


def main() -> int:
    """Look at the store in STORE_DIR, and print a sentence for the container's health log."""
    if sys.argv[1:]:
        is_help = sys.argv[1:] == ["--help"]
        print(_USAGE, file=sys.stdout if is_help else sys.stderr)
        return 0 if is_help else 2
    is_waiting = is_trainer_waiting(StoreLayout(Path(os.environ["STORE_DIR"])))
    print("A process waits to train." if is_waiting else "No process waits to train.")
    return 0 if is_waiting else 1


if __name__ == "__main__":
    sys.exit(main())
