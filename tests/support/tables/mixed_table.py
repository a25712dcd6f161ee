"""A table of every kind of column, split, for tests that fit estimators to it."""

from functools import cache

import numpy as np

from shared.contract.documents import Task
from shared.inference.feature_encoding import UNSEEN
from tests.support.models.mixed import FEATURES, mixed_rows
from trainer.dataset.dataset import DataSchema
from trainer.dataset.split import Split, Splits

NUMBERS = ["age", "fare", "member"]
CATEGORIES = ["colour", "town"]
ROWS = 300


@cache
def parts_of(classes: int) -> Splits:
    """Make a table with missing values and categories, and a target that depends on all columns."""
    rows = mixed_rows(ROWS)
    rows[rows == UNSEEN] = 0.0  # training data has no unseen category
    random = np.random.default_rng(1)
    shown = np.nan_to_num(rows)
    score = shown[:, 0] / 40 + np.log1p(shown[:, 1]) / 4 + shown[:, 3] + shown[:, 4]
    target = score - score.min() + random.uniform(0.1, 0.6, ROWS)
    if classes:
        edges = np.quantile(target, np.linspace(0, 1, classes + 1)[1:-1])
        target = np.digitize(target, edges).astype(np.int64)
    slices = (slice(0, 180), slice(180, 240), slice(240, ROWS))
    return Splits(*(Split(rows[part].copy(), target[part]) for part in slices))


def schema_of(classes: int) -> DataSchema:
    task: Task = "classification" if classes else "regression"
    return DataSchema(task, FEATURES, tuple(f"class {index}" for index in range(classes)))
