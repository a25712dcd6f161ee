"""Columns of every kind: numbers with holes, booleans, and texts. Copy it, and name your columns.

A table has two or more candidates here, and what a search may change of them:

- A ColumnTransformer takes columns by name; what it does not name is left out.
- `/predict` accepts a missing value where the data had one, and any text for a category, so give
  estimators something for both: an imputer, and handle_unknown="ignore".
- An estimator alone is a candidate, and so is a pair of an estimator and its parameter space:
  `TRAINER_SEARCH=20` then also tries 20 settings from that space, on train and validation alone.
"""

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

NUMBERS = ["age", "fare", "member"]
"""Booleans are 1 and 0."""
TEXTS = ["colour", "town"]

scaled = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        ("texts", OneHotEncoder(handle_unknown="ignore"), TEXTS),
    ]
)
# Boosted trees take numbers as they are, with their holes, and places instead of texts.
numbered = ColumnTransformer(
    [
        ("texts", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), TEXTS),
        ("numbers", "passthrough", NUMBERS),
    ]
)

CANDIDATES = {
    "logistic_regression": Pipeline(
        [("columns", scaled), ("model", LogisticRegression(max_iter=1000))]
    ),
    "boosted_trees": (
        Pipeline([("columns", numbered), ("model", HistGradientBoostingClassifier())]),
        {"model__learning_rate": [0.03, 0.1, 0.3], "model__max_leaf_nodes": [7, 15, 31]},
    ),
}
