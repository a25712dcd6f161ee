"""Columns of all types: numbers with missing values, booleans, and categories.

Copy this file, and replace the names of the columns.

- A ColumnTransformer takes columns by name, and leaves out all others.
- `/predict` accepts a missing value in each column that had one, and any string as a category. So
  estimators need an imputer, and encoders need handle_unknown="ignore".
- A candidate is an estimator, or a pair of an estimator and its parameter space. With a space,
  `TRAINER_SEARCH=20` also tries 20 settings, using only train and validation.
"""

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

NUMBERS = ["age", "fare", "member"]
"""Numbers, and booleans as 1 and 0."""
CATEGORIES = ["colour", "town"]

scaled = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
    ]
)
# Boosted trees take numbers with missing values, and the indices of categories.
numbered = ColumnTransformer(
    [
        (
            "categories",
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
            CATEGORIES,
        ),
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
