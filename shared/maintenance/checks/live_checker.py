"""Check the counts of live requests, and drift.json.

Counts are not fsynced, and readers leave out what is invalid. So damage in them is a note.
"""

import os
from collections.abc import Iterator

from shared.contract.layout import WORKER, StoreLayout
from shared.errors import StoreError
from shared.live.drift_record import MAX_DRIFT_BYTES, DriftRecord
from shared.live.live_hours import LiveHours, is_hour_file
from shared.maintenance.checks.store_issue import StoreIssue, error_issue, note_issue
from shared.store.candidates import hidden_entries
from shared.store.verified_read import read_document


def check_live(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Yield an issue for each name in live/ that is unknown, and each document that is invalid."""
    hours = LiveHours(layout)
    for path in sorted(layout.live.iterdir()) if layout.live.is_dir() else []:
        if not path.is_dir() or path.is_symlink() or not WORKER.fullmatch(path.name):
            continue  # the checks of names and permissions report it
        for entry in hidden_entries(path):
            yield note_issue(f"{entry} is left over, or is being written.")
        for name in sorted(_list(path)):
            if not name.startswith(".") and not is_hour_file(name):
                yield error_issue(f"{path / name} does not belong to a store.")
        for hour in hours.hours(path.name):
            try:
                hours.read(path.name, hour)
            except StoreError as error:
                yield note_issue(f"{error} (It is left out.)")
            except FileNotFoundError:
                continue  # its worker has just removed it


def check_drift(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Yield a note if drift.json is invalid."""
    try:
        data = read_document(layout.drift, max_bytes=MAX_DRIFT_BYTES)
        DriftRecord.decode(data, layout.drift)
    except FileNotFoundError:
        return
    except StoreError as error:
        yield note_issue(f"{error} (A gatekeeper will write it again.)")


def _list(path: "os.PathLike[str]") -> list[str]:
    try:
        return os.listdir(path)
    except FileNotFoundError:  # its worker is gone, and it has just been removed
        return []
