"""`python -m deploy.containers.restore`: restore the backup on standard input into the store.

The container `restore` runs it as root, while no service runs. It needs only the capability
CHOWN: it owns the root of the store for a moment to write into it.
"""

import argparse
import os
import sys
from pathlib import Path

from deploy.containers.volume_owners import Accounts, assign_owners, find_image_accounts
from shared.contract.layout import StoreLayout
from shared.errors import ModelgateError, NotAStoreError
from shared.maintenance.restore_steps import restore_file
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_store
from shared.text import to_printable_lines


def restore_with_owners(archive: str, root: Path, accounts: Accounts) -> str:
    """Restore *archive* into *root*, give each directory to its owner, and return a summary.

    Raises ModelgateError. A directory that is not a store stays as it is.
    """
    try:
        open_store(root)
    except NotAStoreError:
        if not StoreLayout(root).restoring.exists():
            raise
    os.chown(root, os.geteuid(), os.getegid())
    try:
        return restore_file(archive, root)
    finally:
        if not StoreLayout(root).restoring.exists():
            assign_owners(root, accounts)


def main() -> int:
    """Restore and print the version in production; return 1 after an error."""
    argparse.ArgumentParser(
        prog="python -m deploy.containers.restore",
        description="Restore the backup on standard input into the store at STORE_DIR.",
    ).parse_args()
    try:
        root = load_settings(CommonSettings).store_dir
        print(restore_with_owners("-", root, find_image_accounts()))
    except ModelgateError as error:
        print(f"error: {to_printable_lines(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
