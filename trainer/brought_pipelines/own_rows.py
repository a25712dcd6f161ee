"""Show rows to a brought pipeline as its owner does: with missing strings and booleans."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shared.inference.dataframe import MISSING_CATEGORY, to_frame
from shared.inference.servable import Rows
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.candidates.estimator_text import describe_error
from trainer.candidates.fitted_parts import find_estimators
from trainer.dataset.dataset import DataSchema


@dataclass(frozen=True)
class OwnAnswers:
    """The answers of a brought pipeline in its own words."""

    labels: list[Any]
    """One label or number for each row."""
    probabilities: Any
    """Shape [n, classes] in the order of the pipeline's classes; None without probabilities."""


def is_missing(value: Any) -> bool:
    """Report whether a value marks a missing string in a table of pandas."""
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def find_missing_string(pipeline: Any) -> Any:
    """Return the value for a missing string that the steps were fitted on; NaN by default."""
    found = [
        value
        for part in find_estimators(pipeline)
        for value in (*_categories(part), *_replaced_strings(part))
        if is_missing(value) or value == MISSING_CATEGORY
    ]
    if any(value is None for value in found):
        return None
    return MISSING_CATEGORY if found and not any(map(is_missing, found)) else math.nan


def ask_own(pipeline: Any, rows: Rows, schema: DataSchema, what: str) -> OwnAnswers:
    """Return the answers to encoded rows, shape [n, features].

    Raises UnfitModelError if the pipeline fails; *what* says which rows these are.
    """
    frame = to_frame(rows, schema.features)
    missing = find_missing_string(pipeline)
    for index, feature in enumerate(schema.features):
        if feature.type == "category" and feature.nullable:
            column = frame.iloc[:, index].to_numpy(dtype=object).copy()
            column[np.isnan(rows[:, index])] = missing
            frame.isetitem(index, pd.Series(column, dtype=object))
        elif feature.type == "boolean" and not feature.nullable:
            frame.isetitem(index, frame.iloc[:, index].astype(bool))
    table: Any = frame if has_names(pipeline) else frame.to_numpy()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unseen categories are on purpose
            labels = np.asarray(pipeline.predict(table))
            has_shares = bool(schema.classes) and hasattr(pipeline, "predict_proba")
            shares = np.asarray(pipeline.predict_proba(table)) if has_shares else None
    except Exception as error:  # an estimator may raise anything
        raise UnfitModelError(
            f"The model fails on the rows {what} ({describe_error(error)}). Give HOLDOUT the "
            "columns that it was fitted on, and leave others out with TRAINER_DROP."
        ) from error
    if labels.shape != (len(rows),) and labels.shape != (len(rows), 1):
        raise UnfitModelError(
            f"The model predicts values of the shape {labels.shape} for {len(rows)} rows. "
            "A model must have one target."
        )
    return OwnAnswers(labels.ravel().tolist(), shares)


def has_names(pipeline: Any) -> bool:
    """Report whether the pipeline was fitted on a table with names of columns."""
    return bool(find_names(pipeline))


def find_names(pipeline: Any) -> list[str]:
    """Return the names of the columns in the order of the fit; none if it was fitted on arrays."""
    try:
        names = [str(name) for name in pipeline.feature_names_in_]
    except (AttributeError, TypeError):  # not there, or None
        return []
    made_up = [f"Column_{index}" for index in range(len(names))]  # LightGBM's own names
    return names if names != made_up else []


def _categories(part: Any) -> list[Any]:
    found: list[Any] = []
    for values in getattr(part, "categories_", None) or []:
        if np.asarray(values).dtype.kind == "O":
            found += list(values)
    return found


def _replaced_strings(part: Any) -> list[Any]:
    """Return the value that an imputer of strings replaces."""
    return [part.missing_values] if replaces_strings(part) else []


def replaces_strings(part: Any) -> bool:
    """Report whether a fitted part is an imputer of strings."""
    statistics = vars(part).get("statistics_") if hasattr(part, "__dict__") else None
    return (
        hasattr(part, "missing_values")
        and isinstance(statistics, np.ndarray)
        and statistics.dtype.kind == "O"
    )
