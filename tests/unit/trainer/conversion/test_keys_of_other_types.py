"""Keys of another type match values only where they match in pandas."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.models.recorded import fitted_values, served_values
from trainer.conversion.expressions.refusal import UnrecordedError

TABLE = pd.DataFrame(
    {
        "a": [0.0, 1.0, np.nan, 2.0, -1.0],
        "b": [1.0, 1.0, 0.0, np.inf, 3.0],
        "city": pd.Series(["Wien", "Graz", "", "<unseen>", "ja"], dtype=object),
    }
)
YES = {"ja": 1, "nein": 0}


def whole(table: Any) -> Any:
    return table["b"].replace(np.inf, 0).astype(int)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "a number by strings": lambda t: t["a"].map(YES),
    "a number by strings, filled": lambda t: t["a"].map(YES).fillna(0),
    "a number by strings, to strings": lambda t: t["a"].map({"ja": "yes"}),
    "a number by mixed keys": lambda t: t["a"].map({"1": 5, 1: 6, np.nan: 7, None: 8}),
    "a number by booleans and strings": lambda t: t["a"].map({True: 5, "ja": 6}),
    "a number by a Series of strings": lambda t: t["a"].map(pd.Series([4, 5], index=["x", "y"])),
    "a boolean by strings": lambda t: (t["b"] > 0).map(YES),
    "a boolean by booleans": lambda t: (t["b"] > 0).map({True: 1, False: 0}),
    "a boolean by numbers": lambda t: (t["b"] > 0).map({1: 5}),
    "a whole number by fractions": lambda t: whole(t).map({1: 5, 1.5: 6, "1": 8, 10**30: 3}),
    "a narrow number": lambda t: t["a"].astype("float32").isin([0.1, 1]),
    "a category by numbers": lambda t: t["city"].map({1: 5}),
    "a category by mixed keys": lambda t: t["city"].map({"ja": 1, 2: 3}),
    "a category by booleans": lambda t: t["city"].map({True: 1}).fillna(0),
    "a category to booleans": lambda t: t["city"].map({"ja": True, "Wien": False}),
    "a category to booleans and numbers": lambda t: t["city"].map({"ja": True, "Wien": 2}),
    "a length by strings": lambda t: t["city"].str.len().map({"ja": 3, 4: 1}),
    "a number among strings": lambda t: t["a"].isin(["ja"]),
    "a number among mixed values": lambda t: t["a"].isin(["1", 1, None]),
    "a number among booleans": lambda t: t["a"].isin([True]),
    "a boolean among numbers": lambda t: (t["b"] > 0).isin([1, "ja"]),
    "not a number among strings": lambda t: ~t["a"].isin(["ja"]),
    "a category among numbers": lambda t: t["city"].isin([1]),
    "columns among strings": lambda t: t[["a", "b"]].isin(["ja"]).sum(axis=1),
    "all columns among mixed values": lambda t: t.isin(["Wien", 1]),
    "a string replaced in numbers": lambda t: t["a"].replace({"ja": 1, 1: 7}),
    "a list replaced in numbers": lambda t: t["a"].replace(["ja", 1], [4, 5]),
    "a boolean replaced in numbers": lambda t: t["a"].replace({True: 7}),
    "a number replaced in booleans": lambda t: (t["b"] > 0).replace({1: 5}),
    "a number replaced in categories": lambda t: t["city"].replace({1: 2}).to_frame(),
    "a number that equals a string": lambda t: t["a"] == "ja",
    "a number that differs from a string": lambda t: t["a"].where(t["a"] != "1.0", 0),
    "an array that equals a string": lambda t: t[["a", "b"]].to_numpy() == "ja",
    "a choice by it": lambda t: np.where(t["a"] == "ja", 1.0, t["b"]),
    "a choice of constants by it": lambda t: np.where(t["a"] == "ja", 1.0, 2.0),
    "a condition with it": lambda t: (t["a"] == "ja") | (t["b"] > 0),
    "a category that equals a number": lambda t: t["city"] == 1,
    "a boolean that equals a number": lambda t: (t["b"] > 0) == 1,
}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_keys_match_as_in_pandas(function: Callable[[Any], Any]) -> None:
    expected = pd.DataFrame(fitted_values(function, TABLE.copy()))
    found = pd.DataFrame(served_values(function, TABLE, as_array=False))
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize(
    "function",
    [
        lambda t: t["a"].map({True: 5, False: 6}),
        lambda t: t["a"].map({True: "yes", False: "no"}),
        lambda t: t["a"].map(pd.Series([4, 5], index=[False, True])),
    ],
)
def test_booleans_as_keys_of_numbers_are_refused(function: Callable[[Any], Any]) -> None:
    """Pandas gives NaN in every row, which nobody means."""
    assert pd.DataFrame(fitted_values(function, TABLE.copy())).isna().all(axis=None)
    with pytest.raises(UnrecordedError, match="booleans of the table are 1 and 0, so write {1:"):
        served_values(function, TABLE, as_array=False)


@pytest.mark.parametrize(
    "function",
    [
        lambda t: t.replace({"a": {1: 9}}),
        lambda t: t.replace({"a": 1}, 5),
        lambda t: t.isin({"a": [1]}),
    ],
)
def test_keys_that_name_columns_are_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(UnrecordedError, match="columns"):
        served_values(function, TABLE, as_array=False)
