"""Candidates for tests of the split by time."""

from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

STEADY = {"linear": LogisticRegression()}
REMEMBERING = {"tree": DecisionTreeClassifier(random_state=0)}
