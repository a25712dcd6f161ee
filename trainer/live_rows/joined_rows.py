"""Join the rows of a data set and those of the log, with the categories and ranges of both."""

from dataclasses import replace

import numpy as np

from shared.contract.documents import Feature
from shared.inference.servable import Rows
from shared.scoring.slice_columns import SliceColumns
from trainer.dataset.dataset import Dataset, RowTimes
from trainer.live_rows.growing_categories import replace_codes
from trainer.live_rows.live_encoder import LiveEncoder, LiveRows


def join_rows(dataset: Dataset, live: LiveRows, encoder: LiveEncoder) -> Dataset:
    """Return *dataset* with the rows of *live*, which *encoder* has encoded, behind its own.

    Further rows have no values of the columns for slices.
    """
    start, added = len(dataset.rows), len(live.rows)
    rows: Rows = np.empty((start + added, dataset.rows.shape[1]))
    rows[:start], rows[start:] = dataset.rows, live.rows
    features = list(dataset.schema.features)
    for column, categories in encoder.categories.items():
        names, codes = categories.sort()
        rows[:, column] = replace_codes(rows[:, column], codes)
        features[column] = features[column].model_copy(update={"categories": names})
    pairs = zip(features, rows[start:].T, strict=True)
    keys, labelled = dataset.keys, dataset.labelled
    return replace(
        dataset,
        schema=replace(dataset.schema, features=tuple(_widen(*pair) for pair in pairs)),
        rows=rows,
        target=np.concatenate([dataset.target, live.target]),
        keys=None if keys is None else np.concatenate([keys, live.keys]),
        times=None if dataset.times is None else _add_times(dataset.times, live),
        kept=None if dataset.kept is None else _add_missing(dataset.kept, added),
        labelled=None if labelled is None else np.concatenate([labelled, np.full(added, True)]),
    )


def _widen(feature: Feature, values: Rows) -> Feature:
    """Return *feature* with the range and the missing values of further *values*."""
    present = values[~np.isnan(values)]
    update: dict[str, object] = {"nullable": feature.nullable or len(present) < len(values)}
    if feature.minimum is not None and feature.maximum is not None and len(present):
        update["minimum"] = min(feature.minimum, float(present.min()))
        update["maximum"] = max(feature.maximum, float(present.max()))
    return feature.model_copy(update=update)


def _add_times(times: RowTimes, live: LiveRows) -> RowTimes:
    return replace(times, values=np.concatenate([times.values, live.times]))


def _add_missing(kept: SliceColumns, rows: int) -> SliceColumns:
    if not rows:
        return kept
    columns = tuple(each.model_copy(update={"nullable": True}) for each in kept.columns)
    missing = np.full((rows, len(columns)), np.nan)
    return SliceColumns(columns, np.concatenate([kept.rows, missing]))
