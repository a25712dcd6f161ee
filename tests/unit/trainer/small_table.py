"""Tables of candidates that are trained in no time."""

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.unit.trainer.estimators import Failing

CANDIDATES = {"stump": DecisionTreeClassifier(max_depth=1), "linear": LogisticRegression()}
SEARCHED = {
    "tree": (DecisionTreeClassifier(max_depth=1), {"max_depth": [2, 3, 4], "criterion": ["gini"]}),
    "linear": LogisticRegression(),
}
REGRESSORS = {
    "stump": DecisionTreeRegressor(max_depth=1),
    "ridge": (Ridge(), {"alpha": [0.1, 1.0]}),
}
MIXED_REGRESSORS = {
    "ridge": make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include=object)),
            remainder=SimpleImputer(),
        ),
        Ridge(),
    )
}
BROKEN = {"broken": Failing()}
