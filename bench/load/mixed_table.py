"""The default data with some of its columns as texts, booleans and numbers with holes."""

import csv
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer

from bench.load.payloads import sample_rows

_HOLES, _BOOLEANS, _CATEGORIES = 16, 20, 24
"""The first columns of these kinds; before them are numbers without holes."""
_TEXTS = ("tiny", "small", "medium", "large", "huge")
Value = float | bool | str | None


def mixed_rows(count: int) -> list[list[Value]]:
    """Real rows of 30 columns: 20 numbers, 4 of them with holes, 4 booleans and 6 categories."""
    rows = sample_rows(count)
    data = load_breast_cancer().data
    medians = np.median(data, axis=0)
    edges = np.quantile(data, [0.2, 0.4, 0.6, 0.8], axis=0)

    def value(row: int, column: int) -> Value:
        number = float(rows[row, column])
        if column < _HOLES:
            return number
        if column < _BOOLEANS:
            return None if (row + column) % 4 == 0 else number
        if column < _CATEGORIES:
            return bool(number > medians[column])
        return _TEXTS[int(np.searchsorted(edges[:, column], number))]

    return [[value(row, column) for column in range(30)] for row in range(count)]


def write_table(path: Path) -> None:
    """All rows as a CSV file with the target in the column outcome."""
    data = load_breast_cancer()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*data.feature_names, "outcome"])
        for row, target in zip(mixed_rows(len(data.target)), data.target, strict=True):
            written = ["" if value is None else value for value in row]
            writer.writerow([*written, data.target_names[target]])
