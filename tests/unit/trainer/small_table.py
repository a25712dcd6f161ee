"""Tables of candidates that are trained in no time."""

from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from tests.unit.trainer.estimators import Failing

CANDIDATES = {"stump": DecisionTreeClassifier(max_depth=1), "linear": LogisticRegression()}
BROKEN = {"broken": Failing()}
