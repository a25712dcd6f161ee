"""Read all logged rows that have a label, in blocks, so that the log need not fit into memory."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from shared.contract.layout import StoreLayout
from shared.errors import DatasetError, OversizedSegmentError, UnsafeFileError
from shared.prediction_log.label import LabelValue
from shared.prediction_log.labelled_rows import MOST_AHEAD, find_change
from shared.prediction_log.logged_row import LoggedRow, decode_row
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segments import (
    list_oversized_segments,
    list_prediction_segments,
    read_lines,
)

LabelledRow: TypeAlias = tuple[LoggedRow, LabelValue]
_BLOCK_ROWS = 4096


class LabelledLog:
    """The logged rows of all versions with the newest label of each."""

    def __init__(self, layout: StoreLayout, *, needs_times: bool = False) -> None:
        """Make a reader of *layout*; with *needs_times*, rows of a wrong clock are left out."""
        self._layout = layout
        self._needs_times = needs_times
        self.future_rows = 0
        """Labelled rows so far that are left out, because their file is older."""
        self.invalid_lines = 0
        """Lines of the prediction log so far that are not rows."""
        self.oversized_segments = 0
        """Segments of rows or labels that are left out, because they are too large."""

    def read_blocks(self) -> Iterator[Sequence[LabelledRow]]:
        """Yield the rows in blocks, by worker and segment.

        Raises DatasetError if the log cannot be read.
        """
        block: list[LabelledRow] = []
        try:
            for found in self._read():
                block.append(found)
                if len(block) == _BLOCK_ROWS:
                    yield block
                    block = []
        except (OSError, UnsafeFileError) as error:
            raise DatasetError(
                f"TRAINER_LIVE cannot read the logged rows: {str(error).rstrip('.')}. "
                f"Let the trainer's user read {self._layout.predictions.name}/ and "
                f"{self._layout.feedback.name}/ of the store, without links, or unset TRAINER_LIVE."
            ) from error
        if block:
            yield block

    def _read(self) -> Iterator[LabelledRow]:
        self.oversized_segments = len(list_oversized_segments(self._layout))
        labels = read_newest_labels(self._layout)
        for path in list_prediction_segments(self._layout) if labels else ():
            try:
                segment = read_lines(path)
            except FileNotFoundError:  # it was removed since it was listed
                continue
            except OversizedSegmentError:
                continue
            latest = find_change(segment.stamp) + MOST_AHEAD
            for line in segment.lines:
                row = decode_row(line)
                if row is None:
                    self.invalid_lines += 1
                elif row.id not in labels:
                    continue
                elif self._needs_times and row.time > latest:
                    self.future_rows += 1
                else:
                    yield row, labels[row.id]
