"""Estimators that do what a test needs."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression


class Answering(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator that predicts its argument for all rows."""

    def __init__(self, answer: Any = 0.0) -> None:
        self.answer = answer

    def fit(self, _X: Any, y: Any) -> Self:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.answer)


class Untagged:
    """It answers with what it was made of, and has no base class of scikit-learn's."""

    def __init__(self, answer: Any = 0.0) -> None:
        self.answer = answer

    def fit(self, _X: Any, _y: Any) -> Self:
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.answer)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"answer": self.answer}

    def set_params(self, **parameters: Any) -> Self:
        self.answer = parameters.get("answer", self.answer)
        return self


class Failing(Answering):
    """Its fit raises."""

    def fit(self, X: Any, _y: Any) -> Self:
        raise ValueError(f"{len(X)} rows are too many\nfor me")


class Unconvertible(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no types
    """A class that no converter knows."""
