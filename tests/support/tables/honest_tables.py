"""Honest tables of many kinds: a score on their holdout is that on new rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import datasets

from tests.support.tables.split_tables import Column, Random, Table, numbers


def _toy(load: Callable[[], Any]) -> Callable[[Random], Table]:
    def make(_random: Random) -> Table:
        data = load()
        return Table(numbers(data.data), data.target)

    return make


def _sum_of(random: Random, rows: Any, noise: float = 1.0) -> Any:
    total = np.asarray(rows, dtype=np.float64).sum(axis=1)
    total = total + noise * random.normal(size=len(total))
    return (total > np.median(total)).astype(np.int64)


def _array(make: Callable[[Random], Any], noise: float = 1.0) -> Callable[[Random], Table]:
    def table(random: Random) -> Table:
        rows = make(random)
        return Table(numbers(rows), _sum_of(random, rows[:, :3], noise))

    return table


def _categories(random: Random, extra: int = 0) -> Table:
    columns: dict[str, Column] = {
        f"c{k}": random.choice(list("abcdefghijkl")[: 2 + k], 1500) for k in range(6)
    }
    columns |= numbers(random.normal(size=(1500, extra))) if extra else {}
    weights = {letter: k for k, letter in enumerate("abcdefghijkl")}
    pairs = zip(columns["c4"], columns["c5"], strict=True)
    total = np.array([weights[str(a)] + weights[str(b)] for a, b in pairs])
    return Table(columns, _sum_of(random, total[:, None], 2.0))


def _cities(random: Random) -> Table:
    """Make flats of forty cities, whose rents differ much."""
    city = random.integers(0, 40, 2000)
    area = random.uniform(20, 120, 2000).round()
    rent = random.normal(9, 3, 40)[city] * area + 50 * random.normal(size=2000)
    return Table({"city": np.array([f"city {k}" for k in city]), "area": area}, rent)


def _stores(random: Random) -> Table:
    """Make sales of stores, which have numbers and levels of their own."""
    store = random.integers(0, 60, 2000)
    price = random.uniform(1, 5, 2000).round(1)
    sales = random.normal(20, 3, 60)[store] - 2 * price + 3 * random.normal(size=2000)
    return Table({"store": 100 + 3 * store, "price": price}, sales)


def _ages(random: Random) -> Table:
    """Make persons of few ages, on which the target depends smoothly."""
    age = random.integers(18, 90, 1500)
    columns = {"age": age, "sex": random.choice(["f", "m"], 1500)}
    return Table(columns, age * 1.5 + random.normal(size=1500))


def _in_time(random: Random) -> Table:
    """Make rows in the order of time, without drift, and with the year."""
    rows = random.normal(size=(2000, 4))
    return Table(
        {"year": np.sort(random.integers(2000, 2020, 2000)), **numbers(rows)}, _sum_of(random, rows)
    )


def _missing(random: Random) -> Table:
    rows = random.normal(size=(1500, 6))
    target = _sum_of(random, rows[:, :2])
    rows[random.random(rows.shape) < 0.3] = np.nan
    return Table(numbers(rows), target)


def _regression(random: Random, columns: int = 8) -> Table:
    rows = random.normal(size=(1500, columns))
    target = rows[:, 0] + np.sin(3 * rows[:, -1]) + 0.1 * random.normal(size=1500)
    return Table(numbers(rows), target)


def _line(random: Random) -> Table:
    x = random.uniform(size=(600, 1))
    return Table(numbers(x), np.sin(6 * x[:, 0]) + 0.01 * random.normal(size=600))


def _correlated(random: Random) -> Any:
    return random.normal(size=(2000, 10)) * 0.3 + random.normal(size=(2000, 1))


def _surface(random: Random) -> Any:
    return np.sin(3 * random.random((2000, 2)) @ random.normal(size=(2, 10)))


def _clusters(random: Random) -> Table:
    center = 10 * random.normal(size=(6, 5))
    kind = random.integers(0, 6, 1500)
    return Table(numbers(center[kind] + random.normal(size=(1500, 5))), kind)


def _lognormal(random: Random) -> Any:
    rows = random.lognormal(size=(2000, 8)).round(2)
    return np.where(random.random(rows.shape) < 0.4, 0.0, rows)


HONEST: dict[str, Callable[[Random], Table]] = {
    "iris": _toy(datasets.load_iris),
    "wine": _toy(datasets.load_wine),
    "breast cancer": _toy(datasets.load_breast_cancer),
    "digits": _toy(datasets.load_digits),
    "diabetes": _toy(datasets.load_diabetes),
    "dense grid of two numbers": _array(lambda r: r.integers(0, 40, (1500, 2))),
    "dense grid of three numbers": _array(lambda r: r.integers(0, 10, (2000, 3))),
    "whole numbers": _array(lambda r: r.integers(0, 100, (1500, 6)), 20.0),
    "counts": _array(lambda r: r.poisson(r.gamma(0.5, 1.0, (1500, 30)))),
    "booleans": _array(lambda r: r.random((1500, 12)) < 0.5),
    "few booleans": _array(lambda r: r.random((1500, 8)) < 0.5),
    "one column": _array(lambda r: r.normal(size=(1000, 1))),
    "two columns": _array(lambda r: r.normal(size=(2000, 2))),
    "many columns": _array(lambda r: r.normal(size=(1000, 80))),
    "few rows": _array(lambda r: r.normal(size=(60, 4))),
    "correlated columns": _array(_correlated),
    "a surface": _array(_surface, 0.1),
    "skewed numbers with zeros": _array(_lognormal),
    "clusters": _clusters,
    "categories": _categories,
    "categories and a number": lambda random: _categories(random, 1),
    "categories and three numbers": lambda random: _categories(random, 3),
    "flats of cities": _cities,
    "sales of stores": _stores,
    "ages": _ages,
    "rows in the order of time": _in_time,
    "missing values": _missing,
    "a regression": _regression,
    "a regression of two columns": lambda random: _regression(random, 2),
    "a curve": _line,
}
