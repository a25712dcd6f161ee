"""Segments of the prediction log and of labels, as the services write them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.contract.layout import StoreLayout, segment_file_name
from shared.prediction_log.label import Label, LabelValue, encode_label
from shared.prediction_log.logged_row import LoggedAnswer, LoggedRow, Value, encode_row

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
WORKER = "host-17-a1b2c3d4"


def logged(
    row_id: str,
    *,
    version: int = 1,
    seconds: float = 0.0,
    features: Mapping[str, Value] | None = None,
    answer: LoggedAnswer | None = None,
) -> LoggedRow:
    """Return a row that was answered *seconds* after noon."""
    return LoggedRow(
        id=row_id,
        time=NOON + timedelta(seconds=seconds),
        version=version,
        features={"x": 1.5, "site": "left"} if features is None else dict(features),
        answer=answer or LoggedAnswer(1, "benign", {"malignant": 0.25, "benign": 0.75}),
    )


def write_rows(
    layout: StoreLayout, number: int, rows: Iterable[LoggedRow], *, worker: str = WORKER
) -> Path:
    """Write and return a published segment of the prediction log."""
    return write_segment(layout.prediction_segment(worker, number), map(encode_row, rows))


def write_hidden_rows(
    layout: StoreLayout, number: int, rows: Iterable[LoggedRow], *, worker: str = WORKER
) -> Path:
    """Write and return a segment that its worker still appends to."""
    path = layout.prediction_segment(worker, number)
    return write_segment(path.with_name(f".tmp-{path.name}"), map(encode_row, rows))


def write_labels(
    layout: StoreLayout, number: int, labels: Mapping[str, LabelValue], *, seconds: float = 0.0
) -> Path:
    """Write and return a segment of labels, all received *seconds* after noon."""
    at = NOON + timedelta(seconds=seconds)
    lines = [encode_label(Label(name, label, at)) for name, label in labels.items()]
    return write_segment(layout.feedback / segment_file_name(number), lines)


def write_segment(path: Path, lines: Iterable[bytes]) -> Path:
    """Write *lines* with the modes of segments."""
    for directory in (path.parent.parent, path.parent):
        if not directory.exists():
            directory.mkdir(parents=True)
            directory.chmod(0o750)
    path.write_bytes(b"".join(lines))
    path.chmod(0o640)
    return path
