"""`python -m shared.maintenance.fsck`: check the store at STORE_DIR and name every violation."""

import sys

from shared.errors import ModelgateError, NotAStoreError
from shared.maintenance.store_checker import check_store
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_store


def main() -> int:
    """Print every finding; 1 when one of them is an error."""
    try:
        store = open_store(load_settings(CommonSettings).store_dir)
        if not store.layout.root.is_dir():
            raise NotAStoreError(f"There is no store at {store.layout.root}. Set STORE_DIR.")
        findings = check_store(store)
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for finding in findings:
        print(f"{finding.kind}: {finding.message}")
    errors = sum(finding.kind == "error" for finding in findings)
    print(f"{store.layout.root}: {errors} errors, {len(findings) - errors} notes.")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
