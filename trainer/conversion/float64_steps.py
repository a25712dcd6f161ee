"""Find fitted estimators that compare numbers in float64.

The number just beside a threshold, an edge or a category is equal to it in float32. Rows rarely
contain such a number, so the proof might miss it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import BernoulliNB
from sklearn.preprocessing import Binarizer, KBinsDiscretizer, QuantileTransformer

from trainer.dataset.dataset import DataSchema

_COMPARING = (
    *(Binarizer, KBinsDiscretizer, QuantileTransformer, BernoulliNB),
    *(HistGradientBoostingClassifier, HistGradientBoostingRegressor),
)


def compares_float64(pipeline: Any, schema: DataSchema) -> bool:
    """Return whether an estimator inside *pipeline* compares the numbers of a column."""
    has_numbers = any(feature.type == "number" for feature in schema.features)
    return has_numbers and any(map(_compares, find_estimators(pipeline)))


def find_estimators(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Find a fitted estimator and all objects of scikit-learn inside it, each once."""
    seen = set() if seen is None else seen
    if isinstance(value, np.ndarray | list | tuple | dict):
        is_object = not isinstance(value, np.ndarray) or value.dtype.kind == "O"
        for inner in (value.values() if isinstance(value, dict) else value) if is_object else ():
            yield from find_estimators(inner, seen)
    elif id(value) not in seen and (
        hasattr(value, "get_params") or type(value).__module__.startswith("sklearn.")
    ):
        seen.add(id(value))
        yield value
        for inner in getattr(value, "__dict__", {}).values():
            yield from find_estimators(inner, seen)


def _compares(estimator: Any) -> bool:
    if isinstance(estimator, _COMPARING) or type(estimator).__module__.startswith("lightgbm."):
        return True
    if isinstance(estimator, SimpleImputer):
        missing = estimator.missing_values
        return isinstance(missing, int | float) and not np.isnan(missing)
    categories = getattr(estimator, "categories_", ())
    return any(getattr(values, "dtype", np.dtype(object)).kind in "iuf" for values in categories)
