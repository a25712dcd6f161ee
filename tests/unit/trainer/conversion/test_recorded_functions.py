"""A recorded function means what numpy and pandas do, or it is refused."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support.models.recorded import fitted_values, served_values
from trainer.conversion.expressions.refusal import UnrecordedError

TABLE = pd.DataFrame({"a": [1.0, -2.0, np.nan, 0.0], "b": [4.0, 0.5, 3.0, -1.0]})
LIMITS = pd.Series({"b": 2.0, "a": 0.5})
STRINGS = pd.DataFrame({"city": pd.Series(["Wien", "Graz", "", "<unseen>"], dtype=object)})


def assert_same(function: Callable[[Any], Any], *, as_array: bool = False) -> None:
    expected = fitted_values(function, TABLE.to_numpy().copy() if as_array else TABLE.copy())
    found = served_values(function, TABLE, as_array=as_array)
    assert np.array_equal(found.astype(float), expected.astype(float), equal_nan=True)


def refusal(function: Callable[[Any], Any], *, as_array: bool = False) -> str:
    with pytest.raises(UnrecordedError) as found:
        served_values(function, TABLE, as_array=as_array)
    return str(found.value)


def test_a_constant_series_meets_columns_by_name() -> None:
    assert_same(lambda table: table - LIMITS)
    assert_same(lambda table: table.fillna(LIMITS))
    assert "other names" in refusal(lambda table: table - LIMITS.rename({"a": "z"}))
    assert "constant table" in refusal(lambda table: table["a"] - LIMITS)


def test_a_change_through_a_view_changes_the_array() -> None:
    def change(array: Any) -> Any:
        view = array[:, 0]
        view += 1
        array[:, 1] = array[:, 0] * 2
        return array

    def keep(array: Any) -> Any:
        copied = array[:, [0]]
        copied += 1
        return array

    assert_same(change, as_array=True)
    assert_same(keep, as_array=True)


def test_a_view_that_another_view_changed_is_refused() -> None:
    def change(array: Any) -> Any:
        view = array[:, 0]
        array[:, 0] = 0.0
        return view.reshape(-1, 1) + array

    assert "another view" in refusal(change, as_array=True)


def test_a_column_that_was_read_before_a_change_keeps_its_values() -> None:
    def change(table: Any) -> Any:
        before = table["a"]
        table["a"] = table["a"] * 2
        table["c"] = before
        return table

    assert_same(change)


def test_a_constant_becomes_a_column() -> None:
    assert_same(lambda table: table.assign(c=1, d=table["a"] > 0))
    assert_same(lambda table: pd.DataFrame({"c": table["a"], "d": 2.5}))


def test_a_refusal_cannot_be_handled_by_the_function() -> None:
    def hide(table: Any) -> Any:
        with suppress(Exception):
            table = table.sort_values("a")
        return table

    assert "sort_values" in refusal(hide)


def test_whole_numbers_are_divided_only_by_positive_constants() -> None:
    def whole(table: Any) -> Any:
        return table["b"].astype(int)

    assert_same(lambda table: (whole(table) // 2).to_frame())
    assert "whole numbers" in refusal(lambda table: whole(table) % whole(table))
    assert "whole numbers" in refusal(lambda table: whole(table) // 0)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda table: table.set_index("a"), "`set_index`"),
        (lambda table: table["a"].iloc[0] + table, "`iloc`"),
        (lambda table: table["a"].map(defaultdict(int, {1: 2})), "`map`"),
        (lambda table: table["a"] < "x", "numbers and a string"),
        (lambda table: table / table["a"], "(n,) and (n, m)"),
        (lambda table: table * np.ones((4, 1)), "a constant of the shape (4, 1)"),
        (lambda table: np.ones((len(table), 1)), "`len`"),
        (lambda table: np.zeros((table.shape[0], 1)), "the number of rows"),
        (lambda table: table.loc[table["a"] > 0], "a selection of rows"),
        (lambda table: table.groupby("a")["b"].transform("mean"), "`groupby` over all rows"),
        (lambda table: np.where(table["a"] > 0), "only a condition"),
        (lambda table: np.add(table, 1, where=False), "`where`"),
        (lambda table: 3, "a result of the type int"),
    ],
)
def test_what_is_not_recorded_is_named(function: Callable[[Any], Any], message: str) -> None:
    assert message in refusal(function)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda table: table["city"].str.cat(), "`.str.cat`"),
        (lambda table: table["city"].str.get_dummies(), "`.str.get_dummies`"),
        (lambda table: table["city"].map({"Wien": "W"}).to_frame(), "a missing value"),
        (lambda table: table["city"] + table["city"], "of strings"),
    ],
)
def test_what_is_not_a_function_of_one_string_is_refused(
    function: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(UnrecordedError) as found:
        served_values(function, STRINGS, as_array=False)
    assert message in str(found.value)
