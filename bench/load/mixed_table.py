"""The default data, with some columns as categories, booleans, or with missing values."""

import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

from bench.load.payloads import sample_rows

_NULLABLE, _BOOLEANS, _CATEGORIES = 16, 20, 24
"""The first columns of these types. The columns before them are complete numbers."""
_VALUES = ("tiny", "small", "medium", "large", "huge")
Value = float | bool | str | None


def mixed_rows(count: int) -> list[list[Value]]:
    """Return rows of 20 numbers (4 with missing values), 4 booleans and 6 categories."""
    rows = sample_rows(count)
    data = load_breast_cancer().data
    medians = np.median(data, axis=0)
    edges = np.quantile(data, [0.2, 0.4, 0.6, 0.8], axis=0)

    def value(row: int, column: int) -> Value:
        number = float(rows[row, column])
        if column < _NULLABLE:
            return number
        if column < _BOOLEANS:
            return None if (row + column) % 4 == 0 else number
        if column < _CATEGORIES:
            return bool(number > medians[column])
        return _VALUES[int(np.searchsorted(edges[:, column], number))]

    return [[value(row, column) for column in range(30)] for row in range(count)]


def write_table(path: Path) -> None:
    """Write all rows as CSV, with the target in the column outcome."""
    data = load_breast_cancer()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*data.feature_names, "outcome"])
        for row, target in zip(mixed_rows(len(data.target)), data.target, strict=True):
            written = ["" if value is None else value for value in row]
            writer.writerow([*written, data.target_names[target]])
