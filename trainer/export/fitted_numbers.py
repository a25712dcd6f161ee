"""Find the numbers that fitted estimators compare their input with: thresholds, edges, categories.

The numbers of a tree behind a scaler are not in the units of a column. They are harmless, because
a column takes only numbers in its own range.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

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
        for estimator in _find_estimators(pipeline)
        for values in _own_numbers(estimator)
    ]
    numbers = np.unique(np.concatenate([np.zeros(0), *found]))
    if len(numbers) > _MOST:
        numbers = np.random.default_rng(0).choice(numbers, _MOST, replace=False)
    return np.sort(numbers)


def _find_estimators(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Find a fitted estimator and all objects of scikit-learn inside it, each once."""
    seen = set() if seen is None else seen
    if isinstance(value, np.ndarray | list | tuple | dict):
        is_object = not isinstance(value, np.ndarray) or value.dtype.kind == "O"
        for inner in (value.values() if isinstance(value, dict) else value) if is_object else ():
            yield from _find_estimators(inner, seen)
    elif id(value) not in seen and (
        hasattr(value, "get_params") or type(value).__module__.startswith("sklearn.")
    ):
        seen.add(id(value))
        yield value
        for inner in getattr(value, "__dict__", {}).values():
            yield from _find_estimators(inner, seen)


def _own_numbers(estimator: Any) -> Iterator[Numbers]:
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
