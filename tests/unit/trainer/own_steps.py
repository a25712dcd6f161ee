"""Functions and classes as a user writes them."""

import datetime as dt
import itertools
import math
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

RANDOM = np.random.default_rng(0)
COUNTER = itertools.count()


def add_ratio(table: Any) -> Any:
    table = table.copy()
    table["ratio"] = table["fare"] / table["age"]
    return table


def add_ratio_in_place(table: Any) -> Any:
    table["age"] = table["age"] / 10
    table["ratio"] = table["fare"] / table["age"]
    return table


def lower_all(table: Any) -> Any:
    return pd.DataFrame(table).apply(lambda column: column.str.lower())


def length_of(table: Any) -> Any:
    return table["town"].str.len().to_frame()


def decade_of(table: Any) -> Any:
    return table.clip(0, 100).round(-1).astype(int)


def clipped(table: Any, limit: float) -> Any:
    return table.clip(upper=limit)


class Centred(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Learns means of an array."""

    def fit(self, X: Any, _y: Any = None) -> Self:
        self.mean_ = np.asarray(X).mean(axis=0)
        return self

    def transform(self, X: Any) -> Any:
        return (X - self.mean_) / (1 + np.abs(X))


class Limited(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # as above
    """Learns limits of columns of a table."""

    def __init__(self, names: tuple[str, ...] = ("age", "fare")) -> None:
        self.names = names

    def fit(self, X: Any, _y: Any = None) -> Self:
        self.limits_ = {name: X[name].quantile(0.9) for name in self.names}
        return self

    def transform(self, X: Any) -> Any:
        X = X.copy()
        for name in self.names:
            X[name] = X[name].clip(upper=self.limits_[name])
        return X


def less_mean(values: Any) -> Any:
    return values - values.mean(axis=0)


def sorted_values(values: Any) -> Any:
    return np.sort(values, axis=1)


def branching(values: Any) -> Any:
    return values if values[:, 0] > 0 else -values


def with_noise(values: Any) -> Any:
    return values + RANDOM.normal()


def with_counter(values: Any) -> Any:
    return values + next(COUNTER)


def with_clock(values: Any) -> Any:
    return values + dt.datetime.now(tz=dt.UTC).year


def with_file(values: Any) -> Any:
    with Path(__file__).open() as source:
        return values + len(source.read())


def with_loop(values: Any) -> Any:
    return np.array([[math.log1p(abs(value)) for value in row] for row in values])


REFUSED = {
    less_mean: "over all rows",
    sorted_values: "np.sort",
    with_noise: "call to call",
    with_counter: "call to call",
    with_clock: "the clock",
    with_file: "a file",
    with_loop: "a loop over rows",
}
