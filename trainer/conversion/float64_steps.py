"""Find fitted estimators that compare numbers in float64, and functions of the user.

The number just beside a threshold, an edge or a category is equal to it in float32. Rows rarely
contain such a number, so the proof might miss it.
"""

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import BernoulliNB
from sklearn.preprocessing import Binarizer, KBinsDiscretizer, QuantileTransformer

from trainer.candidates.fitted_parts import find_estimators
from trainer.conversion.functions.own_types import is_own
from trainer.dataset.dataset import DataSchema

_COMPARING = (
    *(Binarizer, KBinsDiscretizer, QuantileTransformer, BernoulliNB),
    *(HistGradientBoostingClassifier, HistGradientBoostingRegressor),
)


def compares_float64(pipeline: Any, schema: DataSchema) -> bool:
    """Return whether an estimator inside *pipeline* compares the numbers of a column."""
    has_numbers = any(feature.type == "number" for feature in schema.features)
    return has_numbers and any(map(_compares, find_estimators(pipeline)))


def _compares(estimator: Any) -> bool:
    if (
        is_own(estimator)
        or isinstance(estimator, _COMPARING)
        or type(estimator).__module__.startswith("lightgbm.")
    ):
        return True
    if isinstance(estimator, SimpleImputer):
        missing = estimator.missing_values
        return isinstance(missing, int | float) and not np.isnan(missing)
    categories = getattr(estimator, "categories_", ())
    return any(getattr(values, "dtype", np.dtype(object)).kind in "iuf" for values in categories)
