"""The salt that is set or recorded is used, or an error says which salt works."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from shared.errors import DatasetError
from tests.support.tables.tables import dataset_of, two_blobs
from trainer.dataset import salt_search
from trainer.dataset.dataset import Dataset
from trainer.dataset.distinct_rows import DistinctRows
from trainer.dataset.salt_choice import SaltChoice, choose_salt, split_by_hash


def rare_class(rows: int = 3) -> Dataset:
    """Make a table with few rows of class c2."""
    target = np.repeat([0, 1, 2], [100, 100, rows])
    return dataset_of(np.arange(200 + rows)[:, None], target, 3)


def chosen(data: Dataset, **choice: Any) -> str:
    return choose_salt(DistinctRows.find(data), SaltChoice(**choice))


def refused(data: Dataset, **choice: Any) -> str:
    with pytest.raises(DatasetError) as error:
        chosen(data, **choice)
    return str(error.value)


FIRST = chosen(rare_class())


def test_a_salt_is_found_and_the_rows_are_split_by_it() -> None:
    splits, salt = split_by_hash(rare_class(), SaltChoice())
    assert salt == FIRST != ""
    for part in splits.by_name().values():
        assert set(part.target.tolist()) == {0, 1, 2}


def test_a_salt_that_is_set_is_used() -> None:
    assert chosen(two_blobs(), setting="mine") == "mine"
    assert chosen(two_blobs(), setting="mine", recorded="17") == "mine"


def test_a_recorded_salt_is_used_although_an_earlier_one_works() -> None:
    assert chosen(two_blobs(), recorded="17") == "17"
    assert chosen(two_blobs(), recorded="17", new_holdout=True) == "17"
    assert chosen(two_blobs(), recorded="") == ""


def test_the_error_on_a_salt_that_is_set_names_one_that_works() -> None:
    message = refused(rare_class(), setting="0")
    assert re.fullmatch(
        r"TRAINER_SPLIT_SALT=0 cannot be used: the \w+ split \(\d+ rows\) has no row of class "
        rf"'c2'\. TRAINER_SPLIT_SALT={FIRST} works\.",
        message,
    )
    assert chosen(rare_class(), setting=FIRST) == FIRST


def test_a_recorded_salt_that_lacks_a_class_stops_the_run_unless_the_holdout_may_change() -> None:
    message = refused(rare_class(), recorded="0")
    assert message.startswith("The split of the model in production (salt '0') cannot be used: ")
    assert "has no row of class 'c2'" in message
    assert f"TRAINER_NEW_HOLDOUT=true: the rows are then split with the salt '{FIRST}'" in message
    assert chosen(rare_class(), recorded="0", new_holdout=True) == FIRST


def test_a_class_with_fewer_rows_than_splits_is_named_without_a_salt() -> None:
    for choice in ({}, {"setting": "a"}, {"recorded": ""}):
        message = refused(rare_class(2), **choice)
        assert message.startswith("Class 'c2' has 2 of 202 rows, but needs one in each of train, ")
        assert "SALT" not in message


def test_a_class_of_equal_rows_is_named_with_the_setting_of_the_row_key() -> None:
    target = np.repeat([0, 1], [100, 3])
    rows = np.append(np.arange(100), [100] * 3)[:, None]
    message = refused(dataset_of(rows, target, 2))
    assert message.startswith("Class 'c1' has 3 rows with only 1 different combinations of ")
    assert "Set TRAINER_ROW_KEY to a column that identifies each row" in message
    keys = list(range(103))
    salt = chosen(dataset_of(rows, target, 2, keys), row_key="id")
    assert salt


@pytest.mark.parametrize("values", [[7], [0, 1]], ids=["all rows equal", "one binary feature"])
def test_fewer_different_rows_than_splits_are_refused(values: Sequence[int]) -> None:
    rows = np.resize(values, 1000)[:, None]
    target = np.arange(1000) // 2 % 2
    message = refused(dataset_of(rows, target, 2))
    assert f"Class 'c0' has 500 rows with only {len(values)} different" in message
    assert "TRAINER_ROW_KEY" in message
    numbers = refused(dataset_of(rows, target + 0.5))
    assert f"the 1000 rows have only {len(values)} different combinations of features" in numbers


def test_four_kinds_of_rows_are_split() -> None:
    rows = np.column_stack([np.arange(1000) % 2, np.arange(1000) // 2 % 2])
    splits, _ = split_by_hash(dataset_of(rows, np.arange(1000) // 4 % 2, 2), SaltChoice())
    assert [len(part.rows) for part in splits.by_name().values()] == [500, 250, 250]


def test_three_rows_in_all_are_too_few() -> None:
    assert "Class 'c1' has 1 of 3 rows" in refused(dataset_of([[1], [2], [3]], [0, 0, 1], 2))
    assert "have only 3 different combinations" in refused(dataset_of([[1], [2], [3]], [1, 2, 3]))


def test_a_regression_needs_two_different_targets_in_each_split() -> None:
    six = dataset_of(np.arange(6)[:, None], [1, 2, 3, 4, 5, 6])
    splits, _ = split_by_hash(six, SaltChoice())
    assert [len(part.rows) for part in splits.by_name().values()] == [2, 2, 2]
    assert "TRAINER_ROW_KEY" in refused(dataset_of(np.arange(6)[:, None], [1, 1, 1, 1, 2, 3]))
    two_of_each_kind = dataset_of(np.arange(6)[:, None] // 2, [1, 2, 3, 4, 5, 6])
    splits, _ = split_by_hash(two_of_each_kind, SaltChoice())
    assert [len(part.rows) for part in splits.by_name().values()] == [2, 2, 2]
    message = refused(dataset_of(np.arange(6)[:, None], [1, 2, 3, 4, 5, 6]), setting="x")
    assert "has no two rows with different targets. TRAINER_SPLIT_SALT=" in message


def test_three_keys_are_three_splits_and_two_are_too_few() -> None:
    rows, target = np.random.default_rng(0).random((300, 2)), np.arange(300) // 3 % 2
    splits, _ = split_by_hash(
        dataset_of(rows, target, 2, np.arange(300) % 3), SaltChoice(row_key="site")
    )
    assert [len(part.rows) for part in splits.by_name().values()] == [100, 100, 100]
    message = refused(dataset_of(rows, target, 2, np.arange(300) % 3 // 2), row_key="site")
    assert "only 2 different values of TRAINER_ROW_KEY=site" in message
    assert "Set TRAINER_ROW_KEY to a column with more values" in message


def test_too_many_rare_classes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salt_search, "MAX_HASHES", 10_000)
    target = np.repeat(np.arange(21), [200, *[3] * 20])
    message = refused(dataset_of(np.arange(260)[:, None], target, 21))
    assert "has all 21 classes (different rows: 'c1' 3, 'c2' 3, 'c3' 3, 'c4' 3, " in message
    assert "Use more rows of the rarest" in message
