"""A segment that no service would write costs nobody memory, and hides no other segment."""

from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout
from shared.errors import OversizedSegmentError
from shared.prediction_log.labelled_rows import read_labelled_rows
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segments import read_lines
from tests.support.stores.logged_rows import make_oversized, make_row, write_labels, write_rows


def test_labelled_rows_are_found_beside_oversized_segments(tmp_path: Path) -> None:
    layout = StoreLayout(tmp_path)
    write_rows(layout, [make_row("a")])
    make_oversized(write_rows(layout, [make_row("b", 1)]))
    write_labels(layout, [("a", "yes"), ("b", "yes")])
    labels = write_labels(layout, [("a", "no")], second=1)
    make_oversized(labels)

    found = read_labelled_rows(layout, ("no", "yes"), 10)

    assert [(row.id, value) for row, value in found] == [("a", "yes")]
    assert read_newest_labels(layout, max_bytes=1) == {"a": "yes", "b": "yes"}
    with pytest.raises(OversizedSegmentError, match="has 67,108,865 bytes, but a segment has at"):
        read_lines(labels)
