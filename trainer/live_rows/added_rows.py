"""Add the logged rows with labels to a data set that is read, before it is split."""

from dataclasses import replace

from shared.contract.layout import StoreLayout
from shared.errors import SettingsError
from trainer.dataset.dataset import Dataset, LiveOrigin
from trainer.live_rows.joined_rows import join_rows
from trainer.live_rows.known_rows import KnownRows
from trainer.live_rows.labelled_log import LabelledLog
from trainer.live_rows.left_out_rows import describe_left_out
from trainer.live_rows.live_encoder import LiveEncoder
from trainer.tables.memory_check import require_memory


def add_live_rows(dataset: Dataset, layout: StoreLayout) -> Dataset:
    """Return *dataset* with the labelled rows of the log behind its own, oldest first.

    A row that the data set already has is not added, as `KnownRows` decides. Rows that do not fit
    the data set are left out and counted.

    Raises SettingsError for a TRAINER_TIME of numbers, DatasetError if the rows do not fit into
    memory or cannot be read.
    """
    times = dataset.times
    if times is not None and times.unit != "seconds":
        raise SettingsError(
            "TRAINER_LIVE adds rows with the time of their answer, but TRAINER_TIME="
            f"{times.column} is a column of numbers. Set it to a column of dates or times, or "
            "unset one of them."
        )
    log = LabelledLog(layout, needs_times=times is not None)
    known = KnownRows(dataset)
    encoder = LiveEncoder(dataset.schema, known.keys, dataset.key_spelling)
    columns = dataset.rows.shape[1] + (0 if dataset.kept is None else dataset.kept.rows.shape[1])
    for block in log.read_blocks():
        encoder.add(block)
        rows = len(dataset.rows) + encoder.rows
        require_memory(rows, columns, f"{dataset.source} with its live rows")
    live = encoder.finish()
    is_known = known.find(live, encoder.features)
    live = live.select(~is_known)
    encoder.left_out["in_table"] += int(is_known.sum())
    encoder.left_out["time"] = log.future_rows
    left_out = {reason: count for reason, count in sorted(encoder.left_out.items()) if count}
    if log.invalid_lines:
        left_out["invalid_line"] = log.invalid_lines
    if log.oversized_segments:
        left_out["oversized_segment"] = log.oversized_segments
    origin = LiveOrigin(len(live.rows), left_out)
    notes = (*dataset.notes, *describe_left_out(origin, encoder.lacking))
    joined = join_rows(dataset, live, encoder) if origin.rows else dataset
    return replace(joined, live=origin, notes=notes)
