"""Columns that tools add are by-products; columns with the same names and data in them are not."""

from itertools import product

import numpy as np
import pytest

from trainer.tables.by_products import explain_name, explain_numbers, explain_strings

RANDOM = np.random.default_rng(3)
ROWS = np.arange(200.0)
FILTERED = np.flatnonzero(RANDOM.random(3000) < 0.1).astype(float)
SHUFFLED = RANDOM.permutation(ROWS)
JOINED = np.r_[0:100, 0:100].astype(float)
ROW_NAMES = (
    "Unnamed: 0",
    "Unnamed: 0.1",
    "Unnamed: 0.1.1",
    "level_0",
    "level_1",
    "...1",
    "row.names",
)
ROW_NUMBERS = ("index", "row_nr", "row_index", "X", "V1", "id", "ID", "PassengerId", "loan_id", "#")


@pytest.mark.parametrize("name", ["__index_level_0__", "__index_level_1__", "__null_dask_index__"])
def test_an_index_without_a_name_is_known_by_its_name(name: str) -> None:
    assert explain_name(name, "number") == "is an index that pandas wrote"
    assert explain_name(name, "category") == "is an index that pandas wrote"


def test_a_column_without_name_and_values_is_a_by_product() -> None:
    assert explain_name("Unnamed: 3", "empty")
    assert explain_name("X", "empty")
    assert explain_name("Unnamed: 3", "number") is None
    assert explain_name("discount", "empty") is None


@pytest.mark.parametrize(
    ("name", "numbers"),
    [*product(ROW_NAMES + ROW_NUMBERS, (ROWS, FILTERED, SHUFFLED, JOINED))],
)
def test_row_numbers_with_the_name_of_an_index_are_by_products(
    name: str, numbers: np.ndarray
) -> None:
    assert explain_numbers(name, numbers) in {"counts the rows", "numbers the rows"}


@pytest.mark.parametrize("name", ROW_NAMES)
def test_row_numbers_drawn_with_replacement_are_by_products(name: str) -> None:
    assert explain_numbers(name, RANDOM.choice(ROWS, 200)) == "numbers the rows"
    assert explain_numbers(name, np.append(SHUFFLED, np.nan)) == "numbers the rows"


def test_a_counter_of_any_name_is_a_by_product() -> None:
    assert explain_numbers("price", ROWS) == "counts the rows"
    assert explain_numbers("price", FILTERED) is None
    assert explain_numbers("price", SHUFFLED) == "numbers the rows"
    assert explain_numbers("price", SHUFFLED[1:]) is None


@pytest.mark.parametrize("name", [*ROW_NUMBERS, "Unnamed: 4", "price", "humid", "Covid"])
def test_data_stays_data(name: str) -> None:
    assert explain_numbers(name, RANDOM.integers(1, 9, 200).astype(float)) is None
    assert explain_numbers(name, RANDOM.normal(size=200)) is None
    assert explain_numbers(name, 12_000 + RANDOM.permutation(9000)[:200].astype(float)) is None


def test_measurements_in_a_column_without_a_name_stay_data() -> None:
    assert explain_numbers("Unnamed: 0", RANDOM.normal(size=200)) is None


def test_an_index_of_dates_is_a_by_product() -> None:
    assert explain_name("Unnamed: 0", "time") == "is an index of dates or times"
    assert explain_name("sold", "time") is None


def test_names_of_rows_are_by_products() -> None:
    assert explain_strings("Unnamed: 0", "all values differ") == "names the rows"
    assert explain_strings("rownames", "all values differ") == "names the rows"
    assert explain_strings("Unnamed: 0", None) is None
    assert explain_strings("model", "all values differ") is None
