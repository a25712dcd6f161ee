"""Convert rows to the table that estimators are fitted on: named columns, categories as strings.

The trainer fits on this table, and pickled estimators predict on it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shared.contract.documents import Feature
from shared.inference.servable import Rows

MISSING_CATEGORY = ""
"""The string that replaces a missing category; every encoder accepts strings."""
UNSEEN_CATEGORY = "<unseen>"
"""The string that replaces each category that the training data lacks."""


def to_frame(rows: Rows, features: Sequence[Feature]) -> pd.DataFrame:
    """Return *rows*, shape [n, features], as a DataFrame with the features' names.

    Numbers and booleans are float64, with NaN for missing values. Categories are objects of type
    str. Rows without categories are not copied.
    """
    names = pd.Index([feature.name for feature in features], dtype=object)
    if not any(feature.categories for feature in features):
        return pd.DataFrame(rows, columns=names, copy=False)
    columns = {index: _column(rows[:, index], feature) for index, feature in enumerate(features)}
    frame = pd.DataFrame(columns, copy=False)
    frame.columns = names
    return frame


def _column(column: Rows, feature: Feature) -> Any:
    if feature.categories is None:
        return column
    return pd.Series(_strings(column, feature.categories), dtype=object)


def _strings(column: Rows, categories: Sequence[str]) -> npt.NDArray[np.object_]:
    # UNSEEN is the index -1, and missing values get the index -2.
    strings = np.array([*categories, MISSING_CATEGORY, UNSEEN_CATEGORY], dtype=object)
    return strings[np.where(np.isnan(column), -2.0, column).astype(np.intp)]
