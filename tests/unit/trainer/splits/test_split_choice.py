"""The salt that is set or recorded is used, or an error says which salt works."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from shared.errors import DatasetError
from tests.support.tables.tables import dataset_of, two_blobs
from trainer.dataset.dataset import Dataset
from trainer.dataset.split import SplitRule
from trainer.splits.distinct_rows import DistinctRows
from trainer.splits.split_choice import SplitChoice, choose_rule, split_by_hash


def rare_class(rows: int = 3) -> Dataset:
    """Make a table with few rows of class c2."""
    target = np.repeat([0, 1, 2], [100, 100, rows])
    return dataset_of(np.arange(200 + rows)[:, None], target, 3)


def chosen(data: Dataset, recorded: SplitRule | None = None, **choice: Any) -> SplitRule:
    return choose_rule(DistinctRows.find(data), SplitChoice(recorded=recorded, **choice))


def refused(data: Dataset, recorded: SplitRule | None = None, **choice: Any) -> str:
    with pytest.raises(DatasetError) as error:
        chosen(data, recorded, **choice)
    return str(error.value)


FIRST = chosen(rare_class()).salt


def test_a_salt_is_found_and_the_rows_are_split_by_it() -> None:
    splits, rule = split_by_hash(rare_class(), SplitChoice())
    assert rule == SplitRule(FIRST)
    assert FIRST
    for part in splits.by_name().values():
        assert set(part.target.tolist()) == {0, 1, 2}


def test_a_salt_that_is_set_is_used() -> None:
    mine = SplitRule("mine")
    assert chosen(two_blobs(), salt="mine") == mine
    assert chosen(two_blobs(), SplitRule("17", {1: 2}), salt="mine") == mine
    assert chosen(two_blobs(), SplitRule("mine", {1: 2}), salt="mine") == SplitRule("mine", {1: 2})


@pytest.mark.parametrize("new_holdout", [False, True])
@pytest.mark.parametrize("rule", [SplitRule("17"), SplitRule(), SplitRule("17", {1: 2})], ids=str)
def test_a_recorded_split_is_kept(rule: SplitRule, *, new_holdout: bool) -> None:
    assert chosen(two_blobs(), rule, new_holdout=new_holdout) == rule


def test_the_error_on_a_salt_that_is_set_names_one_that_works() -> None:
    message = refused(rare_class(), salt="0")
    assert re.fullmatch(
        r"TRAINER_SPLIT_SALT=0 cannot be used: the \w+ split \(\d+ rows\) has no row of class "
        rf"'c2'\. TRAINER_SPLIT_SALT={FIRST} works\.",
        message,
    )
    assert chosen(rare_class(), salt=FIRST).salt == FIRST


def split_of_rows(data: Dataset, rule: SplitRule) -> dict[float, int]:
    """Return the split of each row by its number."""
    rows = DistinctRows.find(data)
    splits = rows.spread(rows.split(rule))
    return dict(zip(data.rows[:, 0].tolist(), splits.tolist(), strict=True))


def test_a_class_that_a_recorded_split_lacks_moves_only_rows_of_this_class() -> None:
    recorded = SplitRule("0")
    rule = chosen(rare_class(), recorded)
    assert rule.salt == "0"
    assert 1 <= len(rule.moved) <= 2
    before, after = (split_of_rows(rare_class(), each) for each in (recorded, rule))
    changed = [row for row, split in after.items() if before[row] != split]
    assert len(changed) == len(rule.moved)
    assert min(changed) >= 200, "rows of the other classes stay"


def test_a_moved_row_stays_where_it_is_when_the_table_grows() -> None:
    rule = chosen(rare_class(), SplitRule("0"))
    assert chosen(rare_class(), rule) == rule
    later = chosen(rare_class(9), rule)
    before, after = split_of_rows(rare_class(), rule), split_of_rows(rare_class(9), later)
    assert {row: after[row] for row in before} == before


def test_a_recorded_split_that_rows_cannot_repair_needs_a_new_holdout() -> None:
    """Each of three kinds of rows has both classes, so a moved row leaves a split empty."""
    places = np.arange(300)
    data = dataset_of(places[:, None] % 3, places // 3 % 2, 2)
    assert chosen(data).salt == ""
    message = refused(data, SplitRule("0"))
    assert message.startswith("The split of the model in production (salt '0') cannot be used: ")
    assert "has no row of class 'c0'" in message
    assert "TRAINER_NEW_HOLDOUT=true to split the rows without a salt." in message
    assert chosen(data, SplitRule("0"), new_holdout=True) == SplitRule()


@pytest.mark.parametrize("rows", [3, 4, 5])
def test_many_rare_classes_are_split_by_moving_rows(rows: int) -> None:
    target = np.repeat(np.arange(101), [500, *[rows] * 100])
    data = dataset_of(np.arange(len(target))[:, None], target, 101)
    splits, rule = split_by_hash(data, SplitChoice())
    assert rule.salt == ""
    assert len(rule.moved) <= 200
    for part in splits.by_name().values():
        assert len(np.unique(part.target)) == 101


def test_a_class_with_fewer_rows_than_splits_is_named_without_a_salt() -> None:
    for choice in ({}, {"salt": "a"}, {"recorded": SplitRule()}):
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
    assert chosen(dataset_of(rows, target, 2, keys), row_key="id").salt


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
    splits, _ = split_by_hash(dataset_of(rows, np.arange(1000) // 4 % 2, 2), SplitChoice())
    assert [len(part.rows) for part in splits.by_name().values()] == [500, 250, 250]


def test_three_rows_in_all_are_too_few() -> None:
    message = refused(dataset_of([[1], [2], [3]], [0, 0, 1], 2))
    assert message.startswith("2 classes have too few of 3 rows ('c1' 1, 'c0' 2)")


def test_a_regression_needs_two_different_targets_in_each_split() -> None:
    six = dataset_of(np.arange(6)[:, None], [1, 2, 3, 4, 5, 6])
    splits, _ = split_by_hash(six, SplitChoice())
    assert [len(part.rows) for part in splits.by_name().values()] == [2, 2, 2]
    assert "TRAINER_ROW_KEY" in refused(dataset_of(np.arange(6)[:, None], [1, 1, 1, 1, 2, 3]))
    two_of_each_kind = dataset_of(np.arange(6)[:, None] // 2, [1, 2, 3, 4, 5, 6])
    splits, _ = split_by_hash(two_of_each_kind, SplitChoice())
    assert [len(part.rows) for part in splits.by_name().values()] == [2, 2, 2]
    message = refused(dataset_of(np.arange(6)[:, None], [1, 2, 3, 4, 5, 6]), salt="x")
    assert "has no two rows with different targets. TRAINER_SPLIT_SALT=" in message


def test_three_keys_are_three_splits_and_two_are_too_few() -> None:
    rows, target = np.random.default_rng(0).random((300, 2)), np.arange(300) // 3 % 2
    splits, _ = split_by_hash(
        dataset_of(rows, target, 2, np.arange(300) % 3), SplitChoice(row_key="site")
    )
    assert [len(part.rows) for part in splits.by_name().values()] == [100, 100, 100]
    message = refused(dataset_of(rows, target, 2, np.arange(300) % 3 // 2), row_key="site")
    assert "only 2 different values of TRAINER_ROW_KEY=site" in message
    assert "Set TRAINER_ROW_KEY to a column with more values" in message


def test_classes_that_no_split_separates_are_named() -> None:
    """c0 needs the kinds 0, 1 and 2 in different splits, c1 the kinds 0, 1 and 3, c2 all but 0."""
    kinds = [0, 1, 2, 0, 1, 3, 0, 2, 3, 1, 2, 3]
    message = refused(dataset_of(np.array(kinds)[:, None], np.repeat(np.arange(4), 3), 4))
    assert message.startswith("No split was found that has all 4 classes (different rows: 'c0' 3")
    assert "Use more rows of the rarest class" in message
