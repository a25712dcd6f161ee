"""Hide a segment of labels before it is removed, and publish it again if it must stay.

A gatekeeper looks for the name of its segment after each write, before it acknowledges. So labels
that it acknowledged are in a hidden segment when this is read, on mounts without locks too.
"""

import contextlib
import os
from pathlib import Path

from shared.contract.layout import StoreLayout, parse_hidden_segment_name
from shared.prediction_log.segment_file import SegmentFile
from shared.prediction_log.segment_lock import is_in_place, locked_if_free
from shared.store.durable_write import fsync_directory
from shared.store.verified_read import list_names


def hide_segment(layout: StoreLayout, path: Path) -> Path | None:
    """Hide a segment and return its path; None if another process removed or locked it.

    Raises OSError if it cannot be renamed.
    """
    hidden = layout.hidden_feedback_segment(path.name)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        with locked_if_free(descriptor) as is_free:
            if not is_free or not is_in_place(descriptor, path):
                return None
            path.rename(hidden)
    except FileNotFoundError:
        return None
    finally:
        os.close(descriptor)
    return hidden


def publish_hidden(layout: StoreLayout, hidden: Path) -> None:
    """Publish a hidden segment, with its own number if it is free. Do nothing if it is gone.

    Raises OSError or StoreWriteError.
    """
    number = parse_hidden_segment_name(hidden.name)
    while number is not None:
        path = layout.feedback_segment(number)
        try:
            SegmentFile.create(path).close()  # so that no gatekeeper takes this number
        except FileExistsError:
            number += 1
            continue
        try:
            hidden.rename(path)
        except FileNotFoundError:
            path.unlink()
        fsync_directory(layout.feedback)
        return


def publish_all_hidden(layout: StoreLayout) -> None:
    """Publish the segments that a killed gatekeeper has hidden; errors as `publish_hidden`."""
    names = list[str]()
    with contextlib.suppress(FileNotFoundError):
        names = list_names(layout.feedback)
    for name in sorted(names):
        publish_hidden(layout, layout.feedback / name)
