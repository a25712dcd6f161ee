"""Find the columns, and the target, in which float32 would lose a difference between values.

float32 holds about seven digits. Seconds since 1970, dates such as 20240131, identifiers of nine
digits and amounts in cents need more, so a model of such columns reads float64.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.inference.golden_rows import TOLERANCE
from shared.inference.target_scale import measure_target_scale
from trainer.dataset.dataset import Dataset

_NOTABLE = 0.01
"""Fraction of a column's values that float32 must lose for a note of its own."""
_FEW_BEYOND = 0.2
"""Fraction of a column's values that a person may have to correct."""
_EXACT = 2.0**53
_MAX_NOTES = 5
_MAX_NAMES = 8
_BLOCK = 4096
"""Number of rows that are compared at once."""


@dataclass(frozen=True)
class MergedValues:
    """A column in which different values are equal in float32."""

    name: str
    values: npt.NDArray[np.float64]
    """The different values, sorted."""
    left: int
    """Number of values that float32 tells apart."""

    @property
    def step(self) -> float | None:
        """The distance of neighbours in float64, if it is more than 1 and two values are so near.

        Then the file probably had more digits than float64 holds.
        """
        largest = np.maximum(np.abs(self.values[1:]), np.abs(self.values[:-1]))
        steps = np.spacing(largest[np.diff(self.values) <= np.spacing(largest)])
        return float(steps.max()) if (steps > 1.0).any() else None

    @property
    def lost(self) -> float:
        """The fraction of the values that float32 loses."""
        return 1.0 - self.left / len(self.values)

    @property
    def constant(self) -> float | None:
        """A round number to subtract, after which float32 tells all values apart, if any."""
        lowest, highest = float(self.values[0]), float(self.values[-1])
        if highest == lowest:
            return None
        step = 10.0 ** math.ceil(math.log10(highest - lowest))
        constant = math.floor(lowest / step) * step
        return constant if _count_in_float32(self.values - constant) == len(self.values) else None


def require_precision(dataset: Dataset) -> Dataset:
    """Return *dataset* with `needs_float64` in its schema, and a note for each reason."""
    names = [feature.name for feature in dataset.schema.features]
    merged = find_merged_values(dataset.rows, names)
    notes = [*describe_columns(merged)]
    if dataset.schema.task == "regression":
        notes += describe_target(dataset.target_name, dataset.target)
    if not notes:
        return dataset
    schema = replace(dataset.schema, needs_float64=True)
    return replace(dataset, schema=schema, notes=(*dataset.notes, *notes))


def find_merged_values(rows: npt.NDArray[np.float64], names: Sequence[str]) -> list[MergedValues]:
    """Find the columns of *rows* in which different values are equal in float32."""
    found = []
    for index in np.flatnonzero(_has_more_digits(rows)).tolist():
        column, name = rows[:, index], names[index]
        values = np.unique(column[~np.isnan(column)])
        left = _count_in_float32(values)
        if left < len(values):
            found.append(MergedValues(name, values, left))
    return found


def _has_more_digits(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Report for each column whether float32 does not hold a value of it exactly."""
    found = np.zeros(rows.shape[1], dtype=np.bool_)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        found |= ((block.astype(np.float32) != block) & ~np.isnan(block)).any(axis=0)
    return found


def _count_in_float32(values: npt.NDArray[np.float64]) -> int:
    """Count how many of the sorted *values* float32 tells apart, from each other and from 0."""
    narrow = values.astype(np.float32)
    vanished = np.count_nonzero((narrow == 0.0) & (values != 0.0))
    merged = np.count_nonzero((narrow[1:] == narrow[:-1]) & (narrow[1:] != 0.0))
    return len(values) - int(vanished) - int(merged)


def describe_columns(merged: Sequence[MergedValues]) -> list[str]:
    """Write a note for each of the columns that lose most, and one for all others."""
    in_order = sorted(merged, key=lambda column: -column.lost)
    notable = [column for column in in_order[:_MAX_NOTES] if column.lost >= _NOTABLE]
    notes = [_describe_column(column) for column in notable]
    if others := [column.name for column in in_order[len(notable) :]]:
        more = f" and {len(others) - _MAX_NAMES} more" if len(others) > _MAX_NAMES else ""
        names = ", ".join(map(repr, others[:_MAX_NAMES])) + more
        notes.append(
            f"the model reads float64, because float32 would make some values equal in {names}"
        )
    return notes


def _describe_column(column: MergedValues) -> str:
    if step := column.step:
        return (
            f"column {column.name!r} has whole numbers beyond ±2^53, where float64 has steps of "
            f"{step:.0f}, so some of them may have become equal; {_advise_beyond(column)}"
        )
    constant = column.constant
    help_ = "a linear model or a histogram booster tells them apart"
    if constant is not None:
        help_ = f"subtract {_number(constant)}, or use a linear model or a histogram booster"
    return (
        f"column {column.name!r} is served in float64, because float32 would keep only "
        f"{column.left} of its {len(column.values)} different values; scikit-learn's trees and "
        f"forests read float32: {help_}"
    )


def _advise_beyond(column: MergedValues) -> str:
    is_beyond = np.abs(column.values) > _EXACT
    if np.count_nonzero(is_beyond) <= _FEW_BEYOND * len(is_beyond):
        return "correct these few numbers"
    return "leave it out with TRAINER_DROP, or subtract a constant in the file"


def describe_target(name: str, target: npt.NDArray[Any]) -> list[str]:
    """Write a note if float32 is too coarse for a regression's *target*."""
    largest = float(np.abs(target).max())
    step = float(np.spacing(np.float32(largest)))
    deviation = measure_target_scale(target).deviation
    if step / 2 <= TOLERANCE * deviation:
        return []
    note = (
        f"target {name!r} is served in float64, because its standard deviation is {deviation:.4g} "
        f"and float32 has steps of {_number(step)} there; subtract a constant for XGBoost, which "
        "computes in float32"
    )
    return [note]


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e16 else f"{value:.7g}"  # noqa: PLR2004 - digits of a float64
