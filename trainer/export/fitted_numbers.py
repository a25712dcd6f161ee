"""Find the numbers that fitted estimators compare their input with: thresholds, edges, categories.

The numbers of a tree behind a scaler are not in the units of a column. They are harmless, because
a column takes only numbers in its own range.
"""

import json
from collections.abc import Iterator
from types import CodeType
from typing import Any

import numpy as np

from trainer.candidates.fitted_parts import find_estimators
from trainer.conversion.functions.own_types import is_own
from trainer.export.column_numbers import Numbers

_COMPARED = (
    *("bin_edges_", "categories_", "quantiles_", "X_thresholds_", "threshold", "binarize"),
    *("mean_", "center_", "data_min_", "data_max_", "statistics_", "missing_values"),
)
"""Attributes with numbers that an estimator compares with, or that it moves to 0 before a later
step compares: an array, a list of arrays, or a number."""
_MOST = 20_000


def find_fitted_numbers(pipeline: Any) -> Numbers:
    """Return the sorted numbers that the estimators inside *pipeline* compare with."""
    found = [
        values[np.isfinite(values)]
        for estimator in find_estimators(pipeline)
        for values in _own_numbers(estimator)
    ]
    numbers = np.unique(np.concatenate([np.zeros(0), *found]))
    if len(numbers) > _MOST:
        numbers = np.random.default_rng(0).choice(numbers, _MOST, replace=False)
    return np.sort(numbers)


def _own_numbers(estimator: Any) -> Iterator[Numbers]:
    yield from _numbers_of_code(estimator)
    for name in _COMPARED:
        values: Any = getattr(estimator, name, None)
        is_ragged = isinstance(values, np.ndarray) and values.dtype.kind == "O"
        for array in values if is_ragged or isinstance(values, list) else [values]:
            yield from _as_numbers(array)
    if hasattr(estimator, "tree_"):
        yield np.asarray(estimator.tree_.threshold, dtype=np.float64)
    for stage in getattr(estimator, "_predictors", ()):
        for predictor in stage:
            yield np.asarray(predictor.nodes["num_threshold"], dtype=np.float64)
    if hasattr(estimator, "get_booster") and hasattr(estimator, "n_features_in_"):
        model = json.loads(estimator.get_booster().save_raw(raw_format="json"))["learner"]
        for tree in model["gradient_booster"].get("model", {}).get("trees", ()):
            yield np.asarray(tree["split_conditions"], dtype=np.float64)
    if hasattr(estimator, "booster_"):
        table = estimator.booster_.trees_to_dataframe()
        yield table["threshold"].astype(np.float64).to_numpy()


def _as_numbers(values: Any) -> Iterator[Numbers]:
    array = np.asarray(values)
    if array.dtype.kind in "iuf":
        yield array.astype(np.float64).ravel()


def _numbers_of_code(estimator: Any) -> Iterator[Numbers]:
    """Yield the numbers in code of the user, such as the limits that it compares with."""
    if not is_own(estimator):
        return
    function = getattr(estimator, "func", None) or getattr(estimator, "transform", None)
    values = [*vars(estimator).values(), *(getattr(estimator, "kw_args", None) or {}).values()]
    for value in (*_constants(getattr(function, "__code__", None)), *values):
        if isinstance(value, int | float | np.ndarray):
            yield from _as_numbers(value)


def _constants(code: CodeType | None) -> Iterator[Any]:
    for value in () if code is None else code.co_consts:
        if isinstance(value, CodeType):
            yield from _constants(value)
        elif isinstance(value, tuple):
            yield from value
        else:
            yield value
