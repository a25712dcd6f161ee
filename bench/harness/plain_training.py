"""`python -m bench.harness.plain_training DATA.csv OUT`: train as a script without Modelgate.

It makes the fits of the trainer's default table: two estimators on 60 % of the rows, scored on
20 %, and the better one is pickled. It has no gate, export, proof or history.
"""

import sys

import joblib
import numpy as np
from pyarrow import csv
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main() -> None:
    """Fit both estimators, and save the better one."""
    table = csv.read_csv(sys.argv[1])
    target = table["target"].to_numpy()
    rows = np.column_stack([table[n].to_numpy() for n in table.column_names if n != "target"])
    X, X_rest, y, y_rest = train_test_split(rows, target, train_size=0.6, random_state=42)
    X_validation, X_test, y_validation, y_test = train_test_split(
        X_rest, y_rest, train_size=0.5, random_state=42
    )
    candidates = [
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=42)),
        RandomForestClassifier(random_state=42),
    ]
    best = max(
        (estimator.fit(X, y) for estimator in candidates),
        key=lambda fitted: f1_score(y_validation, fitted.predict(X_validation)),
    )
    joblib.dump(best, sys.argv[2])
    sys.stdout.write(f"f1 on the holdout {f1_score(y_test, best.predict(X_test)):.4f}\n")


if __name__ == "__main__":
    main()
