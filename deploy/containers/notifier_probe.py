"""`python -m deploy.containers.notifier_probe`: exit with 0 if a notifier uses the store.

Docker runs it every few seconds. The notifier has no port, but holds a lock while it runs.
"""

import argparse
import os
import sys
from pathlib import Path

from deploy.containers.held_lock import is_locked
from shared.contract.layout import StoreLayout


def has_notifier(root: Path) -> bool:
    """Return whether a process holds the lock of the notifier of the store at *root*."""
    return is_locked(StoreLayout(root).notifications)


def main() -> int:
    """Print the result for the container's health log; return 0 only for a running notifier."""
    argparse.ArgumentParser(
        prog="python -m deploy.containers.notifier_probe",
        description="Exit with 0 if a notifier uses the store at STORE_DIR.",
    ).parse_args()
    is_running = has_notifier(Path(os.environ.get("STORE_DIR", ".store")))
    print("A notifier runs." if is_running else "No notifier holds the lock of this store.")
    return 0 if is_running else 1


if __name__ == "__main__":
    sys.exit(main())
