"""Translate a fitted pipeline into the trainer's form: labels are indices, no string is missing."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.inference.dataframe import MISSING_CATEGORY
from trainer.brought_pipelines.own_rows import has_names, is_missing, replaces_strings
from trainer.candidates.array_input import put_array_step_before
from trainer.candidates.fitted_parts import find_estimators
from trainer.dataset.dataset import DataSchema

_LABELS = ("classes_", "_classes", "classes")
"""The attributes of scikit-learn, LightGBM and calibrated classifiers with the labels."""


def make_canonical(pipeline: Any, indices: Mapping[Any, int], schema: DataSchema) -> Any:
    """Change a copy of the pipeline, and return it.

    It then predicts the index of each label in *indices*, which keep the order of its labels:
    scikit-learn's estimators need labels that are sorted. It takes the table of
    `shared.inference.dataframe`, in which a missing category is the empty string.
    """
    for part in find_estimators(pipeline):
        if not hasattr(part, "__dict__"):
            continue
        _rename_labels(part, indices)
        _rename_missing(part)
    has_strings = any(feature.categories for feature in schema.features)
    if has_strings or has_names(pipeline):
        return pipeline
    return put_array_step_before(pipeline, [feature.name for feature in schema.features])


def _rename_labels(part: Any, indices: Mapping[Any, int]) -> None:
    for name in _LABELS:
        labels = vars(part).get(name)
        if not isinstance(labels, np.ndarray) or labels.ndim != 1 or not len(labels):
            continue
        known = labels.tolist()
        if all(label in indices for label in known):
            renamed = [indices[label] for label in known]
            if renamed != known or labels.dtype.kind not in "iu":
                setattr(part, name, np.array(renamed, dtype=np.int64))
    if type(part).__module__.startswith("sklearn.preprocessing."):
        return  # pos_label of a LabelBinarizer is not a label
    for holder in (vars(part), vars(part).get("_kwargs") or {}):  # of a classifier, of a scorer
        label = holder.get("pos_label")
        if isinstance(label, str | int | float) and label in indices:
            holder["pos_label"] = indices[label]


def _rename_missing(part: Any) -> None:
    categories = vars(part).get("categories_")
    if isinstance(categories, list):
        part.categories_ = [_fill(each) for each in categories]
    if replaces_strings(part) and is_missing(part.missing_values):
        part.missing_values = MISSING_CATEGORY


def _fill(categories: Any) -> Any:
    if np.asarray(categories).dtype.kind != "O":
        return categories
    filled = [MISSING_CATEGORY if is_missing(each) else each for each in categories]
    return np.array(filled, dtype=object)
