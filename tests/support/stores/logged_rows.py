"""Segments of the prediction log and of labels, as the services write them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.contract.layout import StoreLayout
from shared.prediction_log.label import Label, LabelValue, encode_label
from shared.prediction_log.logged_row import LoggedAnswer, LoggedRow, Value, encode_row
from shared.prediction_log.segments import MAX_SEGMENT_BYTES

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
"""The time of the first row."""


def make_row(
    name: str,
    second: float = 0.0,
    *,
    version: int = 1,
    answer: LoggedAnswer | None = None,
    features: Mapping[str, Value] | None = None,
) -> LoggedRow:
    """Return a row that was answered *second* seconds after START."""
    return LoggedRow(
        id=name,
        time=START + timedelta(seconds=second),
        version=version,
        features=dict(features or {"x": second}),
        answer=answer or LoggedAnswer(prediction=0, label="no", probabilities={"no": 1, "yes": 0}),
    )


def write_rows(layout: StoreLayout, rows: Sequence[LoggedRow], worker: str = "a-1") -> Path:
    """Publish the next segment of *worker*, with the time of its last row; return its path."""
    folder = layout.predictions / worker
    folder.mkdir(parents=True, exist_ok=True)
    path = layout.prediction_segment(worker, len(list(folder.iterdir())) + 1)
    path.write_bytes(b"".join(map(encode_row, rows)))
    changed = rows[-1].time.timestamp()
    os.utime(path, (changed, changed))
    return path


def make_oversized(path: Path) -> None:
    """Make the segment at *path* larger than readers accept, without a byte more on the disk."""
    found = path.stat()
    os.truncate(path, MAX_SEGMENT_BYTES + 1)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def write_labels(
    layout: StoreLayout, labels: Iterable[tuple[str, LabelValue]], second: float = 0.0
) -> Path:
    """Write the next segment of labels, received *second* seconds after START; return its path."""
    layout.feedback.mkdir(parents=True, exist_ok=True)
    path = layout.feedback_segment(len(list(layout.feedback.iterdir())) + 1)
    at = START + timedelta(seconds=second)
    path.write_bytes(b"".join(encode_label(Label(name, value, at)) for name, value in labels))
    return path
