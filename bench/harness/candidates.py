"""Candidates of the benchmark, for `TRAINER_CANDIDATES=bench.harness.candidates:FOREST_100`."""

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

LOGISTIC = {
    "logistic_regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
}
FOREST_16 = {"forest_16": RandomForestClassifier(n_estimators=16)}
FOREST_64 = {"forest_64": RandomForestClassifier(n_estimators=64)}
FOREST_100 = {"forest_100": RandomForestClassifier(n_estimators=100)}
FOREST_256 = {"forest_256": RandomForestClassifier(n_estimators=256)}
MIXED = {
    "mixed": make_pipeline(
        make_column_transformer(
            (
                make_pipeline(SimpleImputer(), StandardScaler()),
                make_column_selector(dtype_include="number"),
            ),
            (
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                make_column_selector(dtype_include=object),
            ),
        ),
        LogisticRegression(max_iter=1000),
    )
}
"""For `bench.load.mixed_table`."""
