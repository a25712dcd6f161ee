"""Estimators that do what a test needs."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression


class Failing(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Its fit raises."""

    def fit(self, X: Any, _y: Any) -> Self:
        raise ValueError(f"{len(X)} rows are too many\nfor me")


class Answering(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """It answers with what it was made of, whatever the rows."""

    def __init__(self, answer: Any = 0.0) -> None:
        self.answer = answer

    def fit(self, _X: Any, y: Any) -> Self:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.answer)


class Deceitful(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no types
    """It answers otherwise than what it inherits, and so than what is exported."""

    def predict_proba(self, X: Any) -> Any:
        return super().predict_proba(X) ** 1.01


class Contrary(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no types
    """The same for labels."""

    def predict(self, X: Any) -> Any:
        return 1 - super().predict(X)
