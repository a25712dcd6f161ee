"""The published rows of the prediction log that a table contains, in the order of the segments."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.prediction_log.logged_row import LoggedRow, decode_row
from shared.prediction_log.segments import read_lines


@dataclass(frozen=True)
class Selection:
    """The conditions that each row of the table fulfils."""

    version: int | None = None
    """The version that answered; None for all."""
    since: datetime | None = None
    until: datetime | None = None
    """The end of the time, which is not part of it."""

    def has(self, row: LoggedRow) -> bool:
        """Say whether the table contains *row*."""
        return (
            (self.version is None or row.version == self.version)
            and (self.since is None or row.time >= self.since)
            and (self.until is None or row.time < self.until)
        )


class SelectedRows:
    """The rows of fixed segments. Each iteration reads them again."""

    def __init__(
        self,
        segments: Sequence[Path],
        selection: Selection,
        progress: Callable[[int, int], object] = lambda _read, _all: None,
    ) -> None:
        self._segments = segments
        self._selection = selection
        self._progress = progress
        self.invalid = 0
        """The number of invalid lines in the last iteration."""

    def __iter__(self) -> Iterator[LoggedRow]:
        """Yield the rows; leave out segments that were removed meanwhile, and invalid lines.

        Raises OSError, UnsafeFileError if a segment is not a plain file, or OversizedSegmentError.
        """
        self.invalid = 0
        for number, path in enumerate(self._segments):
            self._progress(number, len(self._segments))
            try:
                lines = read_lines(path).lines
            except FileNotFoundError:
                continue
            for line in lines:
                row = decode_row(line)
                if row is None:
                    self.invalid += 1
                elif self._selection.has(row):
                    yield row


def read_time(text: str) -> datetime:
    """Return the time that *text* says in ISO 8601; a time without an offset is in UTC.

    Raises argparse.ArgumentTypeError.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time. Write it like 2026-01-31 or 2026-01-31T12:00:00Z."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
