"""`python -m bench.studies.refit_gain`: count the errors that TRAINER_REFIT avoids.

Each table is split 60/20/20 at random, many times. A model is fitted on train, and again on train
and validation. Both are counted on the holdout. The code of the trainer is not used.
"""

import sys
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

TABLES = {"breast cancer": load_breast_cancer, "digits": load_digits}
ESTIMATORS = {
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    "random forest": RandomForestClassifier(100, random_state=0),
}
SPLITS = 50
_TRAIN, _SEEN = 0.6, 0.8
"""The fractions of the rows at which validation and holdout begin."""


def main() -> None:
    """Print a row of the table of docs/training.md for each table and estimator."""
    for table in TABLES:
        for name in ESTIMATORS:
            once, again = count_errors(table, name, SPLITS)
            gain = 1 - again / once
            sys.stdout.write(
                f"| {table} | {name} | {once:.2%} | {again:.2%} | {gain:.0%} |\n".replace("%", " %")
            )


def count_errors(table: str, estimator: str, splits: int) -> tuple[float, float]:
    """Return the mean share of errors on the holdout: fitted on train, and on both."""
    rows, target = TABLES[table](return_X_y=True)
    found = np.zeros((splits, 2))
    for split in range(splits):
        order = np.random.default_rng(split).permutation(len(rows))
        train, seen = (int(share * len(rows)) for share in (_TRAIN, _SEEN))
        holdout = order[seen:]
        for place, end in enumerate((train, seen)):
            model: Any = clone(ESTIMATORS[estimator])
            model.fit(rows[order[:end]], target[order[:end]])
            found[split, place] = (model.predict(rows[holdout]) != target[holdout]).mean()
    once, again = found.mean(axis=0)
    return float(once), float(again)


if __name__ == "__main__":
    main()
