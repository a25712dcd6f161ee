"""`python -m deploy.containers.restore`: make the backup on standard input the store.

Run as root by compose's restore, while no service runs. As for deploy.containers.volume_owners,
the one capability it needs is CHOWN: to write into the root of the store, it owns it for a moment.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.containers.volume_owners import User, assign_owners, find_image_users
from shared.contract.layout import StoreLayout
from shared.errors import ModelgateError, NotAStoreError
from shared.maintenance.restore import restored
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_store


def restore_with_owners(archive: str, root: Path, users: Mapping[str, User]) -> str:
    """Restore *archive* as shared.maintenance.restore does, and give each part to its owner.

    Returns what was restored. Raises what both raise; a directory of others is not touched.
    """
    try:
        open_store(root)
    except NotAStoreError:
        if not StoreLayout(root).restoring.exists():
            raise
    os.chown(root, os.geteuid(), os.getegid())
    try:
        return restored(archive, root)
    finally:
        if not StoreLayout(root).restoring.exists():
            assign_owners(root, users)


def main() -> int:
    """Say what is in production now; 1 when nothing was restored."""
    try:
        root = load_settings(CommonSettings).store_dir
        print(restore_with_owners("-", root, find_image_users()))
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
