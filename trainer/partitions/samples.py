"""Read the rows of all splits that come to the trainer, in one pass over the parts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.dataset.split import Split, Splits
from trainer.partitions.file_parts import FilePart
from trainer.partitions.holdout_draw import Marks
from trainer.partitions.lazy_rows import PartSource, list_sources, read_targets
from trainer.partitions.part_reader import PartReader
from trainer.partitions.whole_table import WholeTable

Samples = tuple[Split, ...]
"""The rows of a part in each of several splits."""


def list_samples(
    reader: PartReader,
    parts: Sequence[FilePart],
    whole: WholeTable,
    marks: Sequence[Sequence[Marks]],
) -> list[tuple[Any, ...]]:
    """List the arguments of `read_samples` for each part with a marked row.

    *marks* has the marked rows of each part, for each split.
    """
    of_parts = list(zip(*marks, strict=True))
    chosen = [np.logical_or.reduce(each) for each in of_parts]
    sources = list_sources(reader, parts, whole.schema.features, chosen)
    read = [each for each, rows in zip(of_parts, chosen, strict=True) if rows.any()]
    return [(source, each, whole.classes) for source, each in zip(sources, read, strict=True)]


def read_samples(
    source: PartSource, marks: Sequence[Marks], classes: dict[Any, int] | None
) -> Samples:
    """Read the marked rows of each split; a worker runs this."""
    rows, targets = source.read(), read_targets(source, classes)
    places = [each[source.chosen] for each in marks]
    return tuple(Split(rows[place], targets[place]) for place in places)


def join_samples(found: Sequence[Samples]) -> Splits:
    """Join the rows of all parts."""
    train, validation, holdout = (
        Split(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.target for part in parts]),
        )
        for parts in zip(*found, strict=True)
    )
    return Splits(train=train, validation=validation, holdout=holdout)
