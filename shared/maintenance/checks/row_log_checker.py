"""Check the prediction log, the labels and deletions.json.

No issue contains anything of a line, because lines are data of people. Readers leave out invalid
lines, so these are notes.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.contract.layout import WORKER, StoreLayout, parse_segment_name
from shared.errors import StoreError, UnsafeFileError
from shared.maintenance.checks.store_issue import StoreIssue, error_issue, note_issue
from shared.prediction_log.deletions import Deletions
from shared.prediction_log.label import decode_label
from shared.prediction_log.logged_row import decode_row
from shared.prediction_log.segments import (
    list_feedback_segments,
    list_prediction_segments,
    read_lines,
)
from shared.store.candidates import hidden_entries
from shared.store.verified_read import read_document

_SHOWN = 10
"""Most numbers of lines in one note."""


def check_row_logs(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Yield an issue for each unknown name, and for each segment with invalid lines."""
    workers = sorted(layout.predictions.iterdir()) if layout.predictions.is_dir() else []
    for directory in [*workers, layout.feedback]:
        is_known = directory == layout.feedback or WORKER.fullmatch(directory.name)
        if is_known and directory.is_dir() and not directory.is_symlink():
            yield from _check_names(directory)  # other checks report what is not a directory
    with contextlib.suppress(UnsafeFileError):  # the check of permissions reports a link
        for path in list_prediction_segments(layout):
            yield from _check_segment(path, decode_row)
        for path in list_feedback_segments(layout):
            yield from _check_segment(path, decode_label)


def check_deletions(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Yield an error if deletions.json is invalid: it is the only record of deletions."""
    try:
        Deletions.decode(read_document(layout.deletions), layout.deletions)
    except FileNotFoundError:
        return
    except StoreError as error:
        yield error_issue(f"{error} Restore the file from a backup.")


def _check_names(directory: Path) -> Iterator[StoreIssue]:
    names = list[str]()
    for path in hidden_entries(directory):
        yield note_issue(f"{path} is left over, or is being written.")
    with contextlib.suppress(FileNotFoundError):  # its worker is gone, and it was just removed
        names = sorted(os.listdir(directory))
    for name in names:
        if not name.startswith(".") and parse_segment_name(name) is None:
            yield error_issue(f"{directory / name} does not belong to a store.")


def _check_segment(path: Path, decode: Callable[[bytes], object]) -> Iterator[StoreIssue]:
    try:
        found = read_lines(path)
    except FileNotFoundError:
        return  # its writer has just removed it
    except StoreError as error:
        yield error_issue(error)
        return
    invalid = [number for number, line in enumerate(found.lines, 1) if decode(line) is None]
    if invalid:
        more = f" and {len(invalid) - _SHOWN} more" if len(invalid) > _SHOWN else ""
        numbers = ", ".join(map(str, invalid[:_SHOWN]))
        yield note_issue(f"{path} has invalid lines: {numbers}{more}. Readers leave them out.")
    whole = sum(len(line) + 1 for line in found.lines)
    if whole < found.stamp.size:
        yield note_issue(
            f"{path} ends with an unfinished line of {found.stamp.size - whole} bytes. "
            "Readers leave it out."
        )
