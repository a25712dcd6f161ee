"""Score all rows of a source with one version, into a new file."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

from shared.errors import DatasetError
from shared.inference.servable import predict_in_batches
from shared.inference.text_index import suggest_name
from shared.text import quote
from shared.version import VERSION
from trainer.console import Console
from trainer.score.output_format import (
    describe_version,
    find_format,
    require_writable,
    write_whole,
)
from trainer.score.row_reading import FeatureColumns, RowReader
from trainer.score.row_source import RowSource
from trainer.score.scored_columns import ScoredColumns
from trainer.score.stored_version import StoredVersion
from trainer.score.unfinished_table import UnfinishedTable

_PART_ROWS = 65_536
_PART_CELLS = 1 << 19
"""Cells of a part. So a part of a wide table has fewer rows."""
_FEWEST_ROWS = 1024

OpenSource = Callable[[FeatureColumns], RowSource]
"""Return the source, after it has found the features among its columns."""


@dataclass(frozen=True)
class Scored:
    """The result of a run."""

    rows: int
    refused: Counter[str]
    """The refused rows by the code of their refusal."""


def score_rows(
    version: StoredVersion,
    source: RowSource,
    features: FeatureColumns,
    target: Path,
    *,
    kept: Sequence[str] | None,
    console: Console,
) -> Scored:
    """Write the rows of *source* with the predictions of *version* into the new file *target*.

    Args:
        version: The version, which stays the same after a promotion.
        source: The rows.
        features: The columns of the source that are features.
        target: The name of the file, which exists only when it is whole.
        kept: The columns of the source that the file has too; None for all.
        console: The place for progress.

    Raises:
        DatasetError: The columns are unsuitable, or the source cannot be read.
        ExportedTableError: *target* exists, or its name does not say a format.
        ServableError: The model fails.
        StoreWriteError: The file cannot be written. Its parts stay for the next run.
    """
    target_format = find_format(target)
    features.require_types(source.schema)
    names = _choose_columns(source, kept)
    added = ScoredColumns(
        version.artefact, version.registry, names, has_metadata=target_format == "parquet"
    )
    fields = [source.schema.field(name).remove_metadata() for name in names]
    schema = pa.schema([*fields, *added.schema])
    require_writable(schema, target_format)
    plan = _make_plan(version, source, schema)
    with UnfinishedTable(target) as unfinished:
        _begin(unfinished, plan, source, console)
        reader = RowReader(features, source)
        wanted = list(dict.fromkeys((*names, *features.names)))
        for batch in _take_parts(source, wanted, unfinished.rows):
            console.show_progress("Scoring rows", unfinished.rows, source.rows)
            unfinished.add(_score(version, reader, added, batch, names).cast(schema))
            pa.default_memory_pool().release_unused()
        _require_all(unfinished, source)
        console.show_progress("Writing the table")
        rows, refused = unfinished.rows, Counter[str]()
        with unfinished.whole_file() as file:
            tables = _counting(unfinished.tables(), added.refusal, refused)
            metadata = describe_version(version.registry)
            write_whole(file, tables, schema, target_format, metadata)
    return Scored(rows, refused)


def _begin(
    unfinished: UnfinishedTable, plan: dict[str, Any], source: RowSource, console: Console
) -> None:
    """Say whether an interrupted run is continued."""
    if unfinished.begin(plan):
        console.line(
            "An interrupted run had other rows, another version or other settings. "
            "This run begins again."
        )
    elif unfinished.rows:
        console.line(f"Continuing an interrupted run after row {unfinished.rows} of {source.rows}.")


def _choose_columns(source: RowSource, kept: Sequence[str] | None) -> list[str]:
    names = list(source.schema.names)
    if kept is None:
        return names
    for name in kept:
        if name not in names:
            raise DatasetError(
                f"KEEP names {quote(name)}, which is not a column of {source.name}."
                f"{suggest_name(name, names)}"
            )
    return list(dict.fromkeys(kept))


def _make_plan(version: StoredVersion, source: RowSource, schema: pa.Schema) -> dict[str, Any]:
    """Describe all that the parts depend on."""
    return {
        "release": VERSION,
        "version": version.registry.version,
        "digest": version.registry.digest,
        "source": source.fingerprint,
        "numbers": {name: each.name for name, each in source.number_formats.items()},
        "columns": [[each.name, str(each.type)] for each in schema],
    }


def _take_parts(source: RowSource, columns: Sequence[str], start: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows from *start* on, in parts of bounded size."""
    size = max(_FEWEST_ROWS, min(_PART_ROWS, _PART_CELLS // max(1, len(columns))))
    pending: list[pa.RecordBatch] = []
    skip, waiting = start, 0
    for read in source.batches(columns):
        skipped = min(skip, read.num_rows)
        skip -= skipped
        batch = read.slice(skipped)
        while batch.num_rows:
            piece = batch.slice(0, size - waiting)
            batch = batch.slice(piece.num_rows)
            pending.append(piece)
            waiting += piece.num_rows
            if waiting == size:
                yield _join(pending)
                pending, waiting = [], 0
    if pending:
        yield _join(pending)


def _join(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    (joined,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return joined


def _score(
    version: StoredVersion,
    reader: RowReader,
    added: ScoredColumns,
    batch: pa.RecordBatch,
    names: Sequence[str],
) -> pa.Table:
    read = reader.read(batch)
    is_accepted = np.ones(batch.num_rows, np.bool_)
    is_accepted[list(read.refused)] = False
    accepted = read.rows if is_accepted.all() else read.rows[is_accepted]
    predictions = predict_in_batches(version.servable, accepted) if len(accepted) else None
    columns = added.make(predictions, read.refused, batch.num_rows)
    kept = [batch.column(name) for name in names]
    return pa.Table.from_arrays([*kept, *columns], names=[*names, *added.schema.names])


def _require_all(unfinished: UnfinishedTable, source: RowSource) -> None:
    if unfinished.rows != source.rows:
        raise DatasetError(
            f"{source.name} has changed while it was read: it had {source.rows} rows, and now has "
            f"{unfinished.rows}. Repeat this command when nothing writes to it."
        )


def _counting(tables: Iterator[pa.Table], column: str, refused: Counter[str]) -> Iterator[pa.Table]:
    """Yield *tables*, and count their refusals."""
    for table in tables:
        counts = compute.value_counts(table.column(column).drop_null())
        for each in counts.to_pylist():
            refused[each["values"]] += each["counts"]
        yield table
