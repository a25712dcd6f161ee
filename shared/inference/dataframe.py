"""Rows as estimators see them: a table whose columns have names, and texts where people had texts.

For the trainer, which fits on it, and for the opt-in fallback, which unpickles what was fitted.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shared.contract.documents import Feature
from shared.inference.servable import Rows

MISSING_CATEGORY = ""
"""What an estimator sees where a category is missing: encoders know what to do with a text."""
UNSEEN_CATEGORY = "<unseen>"
"""What it sees for each text that stands in none of the feature's categories."""


def to_frame(rows: Rows, features: Sequence[Feature]) -> pd.DataFrame:
    """A pandas DataFrame of *rows*, with the features' names.

    Numbers and booleans are float64, rounded to what float32 can hold, NaN where one is missing;
    categories are objects of type str. Without categories, rows that are rounded already are not
    copied.
    """
    rows = round_to_float32(rows)
    names = pd.Index([feature.name for feature in features], dtype=object)
    if not any(feature.categories for feature in features):
        return pd.DataFrame(rows, columns=names, copy=False)
    columns = {place: _column(rows[:, place], feature) for place, feature in enumerate(features)}
    frame = pd.DataFrame(columns, copy=False)
    frame.columns = names
    return frame


def round_to_float32(rows: Rows) -> Rows:
    """*rows* in float64, but with the numbers that a served model reads, which is float32.

    What is fitted and evaluated on these is exactly what is served: no value lies on one side of a
    threshold here, and on the other there.
    """
    with np.errstate(over="ignore"):
        read = rows.astype(np.float32)
    return rows if np.array_equal(read, rows, equal_nan=True) else read.astype(np.float64)


def _column(column: Rows, feature: Feature) -> Any:
    if feature.categories is None:
        return column
    return pd.Series(_texts(column, feature.categories), dtype=object)


def _texts(column: Rows, categories: Sequence[str]) -> npt.NDArray[np.object_]:
    # The last two places are UNSEEN and missing, which are counted from the end.
    table = np.array([*categories, MISSING_CATEGORY, UNSEEN_CATEGORY], dtype=object)
    return table[np.where(np.isnan(column), -2.0, column).astype(np.intp)]
