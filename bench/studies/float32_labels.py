"""`python -m bench.studies.float32_labels`: count labels that change if a model reads float32.

All columns fit float32. The rows are near the boundary of the classes: on lines between rows of
two classes, from the 15th halving on. Each of their numbers fits float32 too.
"""

import sys
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_breast_cancer

from bench.sections.float64_price import ESTIMATORS, convert_both

_LINES = 300
_HALVINGS, _FIRST = 24, 14


def main() -> None:
    """Print a line for each estimator and type."""
    warnings.simplefilter("ignore")
    data = load_breast_cancer()
    rows = data.data.astype(np.float32).astype(np.float64)
    for name, estimator in ESTIMATORS.items():
        both = convert_both(estimator)
        near = find_near_rows(estimator, rows, data.target)
        expected = estimator.predict(near)
        for type_, servable in both.items():
            otherwise = np.count_nonzero(servable.predict(near).values != expected)
            sys.stdout.write(f"{name}, {type_}: {otherwise:,} of {len(near):,} labels differ\n")


def find_near_rows(
    estimator: Any, rows: npt.NDArray[np.float64], target: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return rows beside the boundary of two classes, whose numbers fit float32."""
    chosen = np.random.default_rng(0)
    first, second = (chosen.choice(rows[target == label], _LINES) for label in (0, 1))
    found = []
    for halving in range(_HALVINGS):
        middle = ((first + second) / 2).astype(np.float32).astype(np.float64)
        is_first = (estimator.predict(middle) == 0)[:, None]
        first, second = np.where(is_first, middle, first), np.where(is_first, second, middle)
        if halving >= _FIRST:
            found.append(middle)
    return np.concatenate(found)


if __name__ == "__main__":
    main()
