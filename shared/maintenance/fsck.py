"""`python -m shared.maintenance.fsck`: check the store at STORE_DIR and print every issue."""

import argparse
import sys

from shared.errors import ModelgateError
from shared.maintenance.store_checker import check_store
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_existing_store
from shared.text import to_printable


def main() -> int:
    """Print every issue; return 1 if one of them is an error."""
    argparse.ArgumentParser(
        prog="python -m shared.maintenance.fsck",
        description="Check the store at STORE_DIR and print every issue.",
    ).parse_args()
    try:
        store = open_existing_store(load_settings(CommonSettings).store_dir)
        issues = check_store(store)
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 1
    for issue in issues:
        print(f"{issue.kind}: {to_printable(issue.message)}")
    errors = sum(issue.kind == "error" for issue in issues)
    print(f"{store.layout.root}: {errors} errors, {len(issues) - errors} notes.")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
