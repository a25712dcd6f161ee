"""Tables of candidates that are trained in no time."""

from sklearn.linear_model import LogisticRegression, Ridge
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
BROKEN = {"broken": Failing()}
