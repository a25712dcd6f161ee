"""Pipelines that people fit on their own tables, without the trainer's code."""

from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tests.support.models import outside


def gappy_table(rows: int, seed: int) -> dict[str, Any]:
    """Return numbers, strings and a boolean; some numbers and strings are missing."""
    random = np.random.default_rng(seed)
    table = outside.mixed_table(rows, seed)
    table["size"] = np.where(random.random(rows) < 0.1, np.nan, table["size"])
    table["town"] = np.where(random.random(rows) < 0.1, np.nan, table["town"])
    target = table.pop("y")
    return {**table, "is new": random.random(rows) < 0.5, "y": target}


def split_target(table: dict[str, Any]) -> tuple[pd.DataFrame, Any]:
    """Return the features as a table, and the target."""
    frame = pd.DataFrame(table)
    return frame.drop(columns="y"), frame["y"]


def of_gaps() -> Any:
    """Return a pipeline that fills missing numbers, and encodes missing strings by themselves."""
    table, target = split_target(gappy_table(600, seed=4))
    steps = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["size", "age of car"]),
        (OneHotEncoder(handle_unknown="ignore"), ["town", "is new"]),
    )
    return make_pipeline(steps, LogisticRegression()).fit(table, target)


def of_filled_strings() -> Any:
    """Return a pipeline that gives missing strings a name of their own."""
    table, target = split_target(gappy_table(600, seed=4))
    towns = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="nowhere"),
        OneHotEncoder(handle_unknown="ignore"),
    )
    steps = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["size", "age of car"]),
        (towns, ["town"]),
        (OneHotEncoder(), ["is new"]),
    )
    return make_pipeline(steps, LogisticRegression()).fit(table, target)


def xgboost_on_arrays() -> Any:
    """Return boosted trees that were fitted on an array without names."""
    return xgboost.XGBClassifier(n_estimators=5).fit(*outside.boosted_rows(600, seed=3))


def lightgbm_of_words() -> Any:
    """Return boosted trees whose labels are strings."""
    table, target = split_target(words_table(600, seed=3))
    return lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(table, target)


def words_table(rows: int = 200, seed: int = 5) -> dict[str, Any]:
    """Return the table of the boosted trees with the classes `no` and `yes`."""
    table = outside.boosted_table(rows, seed)
    return {**table, "y": np.array(["no", "yes"], dtype=object)[table["y"]]}


def forest_of_numbers() -> Any:
    """Return a regression."""
    table, target = split_target(outside.numbers_table(400, "value", seed=9))
    return RandomForestRegressor(5, random_state=0).fit(table, target)
