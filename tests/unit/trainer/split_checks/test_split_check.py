"""Tables whose holdout says too much have warnings, and honest tables have none."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.support.sweep import sweep
from tests.support.tables.honest_tables import HONEST
from tests.support.tables.split_tables import (
    LEAKS,
    Maker,
    Table,
    copies_beside_an_id,
    near_duplicates,
)
from trainer.dataset.dataset import Dataset, LiveOrigin
from trainer.dataset.row_hashing import hash_splits
from trainer.settings import TrainerSettings
from trainer.split_checks.split_check import SplitFindings, check_split
from trainer.splits.split_choice import SplitChoice, split_by_hash


def check(table: Table, settings: TrainerSettings | None = None) -> SplitFindings:
    settings = settings or TrainerSettings()
    return check_data(table.dataset(settings.row_key), settings)


def check_data(data: Dataset, settings: TrainerSettings) -> SplitFindings:
    splits, _ = split_by_hash(data, SplitChoice(row_key=settings.row_key))
    return check_split(data, splits, hash_splits(data, len(splits.holdout.rows)), settings)


@pytest.mark.parametrize("make", sweep(HONEST, *HONEST))
def test_an_honest_table_has_no_warning(make: Maker) -> None:
    assert check(make(np.random.default_rng(0))).warnings == ()


@pytest.mark.thorough
@pytest.mark.parametrize("make", sweep(HONEST, *HONEST))
def test_twenty_honest_tables_have_no_warning(make: Maker) -> None:
    for seed in range(20):
        found = check(make(np.random.default_rng(seed)), TrainerSettings(seed=seed))
        assert found.warnings == (), seed


@pytest.mark.parametrize("case", sweep(LEAKS, *LEAKS))
def test_a_split_with_a_silent_failure_has_a_warning(case: tuple[Maker, str]) -> None:
    make, expected = case
    warnings = "\n".join(check(make(np.random.default_rng(0))).warnings)
    assert re.search(expected, warnings)
    assert "score" in warnings


@pytest.mark.thorough
@pytest.mark.parametrize("case", sweep(LEAKS, *LEAKS))
def test_a_silent_failure_is_found_with_every_seed(case: tuple[Maker, str]) -> None:
    make, expected = case
    for seed in range(10):
        found = check(make(np.random.default_rng(seed)), TrainerSettings(seed=seed))
        assert re.search(expected, "\n".join(found.warnings)), seed


def test_the_proposed_settings_end_the_warnings() -> None:
    random = np.random.default_rng(1)
    which = random.permutation(np.repeat(np.arange(150), 10))
    height, pulse = random.normal(size=150).round(3), random.normal(size=1500)
    columns = {"patient": which, "height": height[which], "pulse": pulse}
    table = Table(columns, random.integers(0, 2, 150)[which])
    assert "TRAINER_ROW_KEY=patient" in check(table).warnings[0]
    assert check(table, TrainerSettings(row_key="patient")).warnings == ()

    copies = copies_beside_an_id(random)
    assert "TRAINER_DROP=entry" in check(copies).warnings[0]
    assert check(copies.without("entry")).warnings == ()


def test_a_key_of_each_row_lets_copies_into_two_splits() -> None:
    copies = copies_beside_an_id(np.random.default_rng(2))
    (warning,) = check(copies, TrainerSettings(row_key="entry")).warnings
    assert "Choose a key that they share, or remove the copies." in warning


def test_few_keys_are_few_cases() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(1200, 4))
    columns = {"city": random.integers(0, 40, 1200), "x": rows[:, 0], "z": rows[:, 1]}
    found = check(Table(columns, random.integers(0, 2, 1200)), TrainerSettings(row_key="city"))
    (warning,) = (each for each in found.warnings if "different values" in each)
    assert "different values of TRAINER_ROW_KEY=city" in warning


def test_a_column_that_grows_from_row_to_row_has_a_note() -> None:
    random = np.random.default_rng(4)
    rows = random.normal(size=(500, 2))
    columns = {"clock": np.cumsum(random.random(500)), "x": rows[:, 0], "down": -np.arange(500.0)}
    found = check(Table(columns, random.integers(0, 2, 500)), TrainerSettings(drop="place"))
    assert [note.split()[0] for note in found.notes] == ["'clock'", "'down'"]
    assert "TRAINER_TIME=clock" in found.notes[0]
    assert "TRAINER_DROP=place,clock" in found.notes[0]


def test_rows_that_are_alone_do_not_agree_with_themselves() -> None:
    random = np.random.default_rng(5)
    repeated = np.repeat(np.arange(150, 175), 8)
    customers = random.permutation(np.concatenate([np.arange(150), repeated]))
    columns = {"customer_id": customers, "x": random.normal(size=len(customers))}
    assert check(Table(columns, random.integers(0, 2, len(customers)))).warnings == ()


@pytest.mark.thorough
def test_groups_of_a_large_and_wide_table_are_found() -> None:
    """A sample of rows would have few rows of each patient, and one of columns may lack it."""
    random = np.random.default_rng(6)
    which = random.permutation(np.repeat(np.arange(24_000), 5))
    columns = {f"x{number}": random.normal(size=len(which)) for number in range(70)}
    columns["patient"] = which.astype(np.float64)
    found = check(Table(columns, random.integers(0, 2, 24_000)[which]))
    assert "TRAINER_ROW_KEY=patient" in found.warnings[0]
    assert re.search("5(\\.0)? rows", found.warnings[0])


def test_huge_targets_have_no_drift() -> None:
    random = np.random.default_rng(7)
    table = Table({"x": random.normal(size=600)}, random.normal(size=600) * 1e200)
    assert check(table).warnings == ()


def test_rows_are_named_by_their_place_in_the_whole_table() -> None:
    make, _ = LEAKS["near-duplicates"]
    places = []
    for unlabelled in (0, 1000):
        data = make(np.random.default_rng(0)).dataset()
        rows = np.arange(unlabelled + len(data.rows))
        data = replace(data, labelled=rows >= unlabelled)
        warnings = "".join(check_data(data, TrainerSettings()).warnings)
        (pair,) = re.findall(r"rows (\d+) and (\d+) of the table", warnings)
        places.append([int(number) for number in pair])
    assert places[1] == [number + 1000 for number in places[0]]


def test_live_rows_are_not_rows_of_the_table() -> None:
    copies = near_duplicates(np.random.default_rng(0), copies=2).dataset()
    prices = LEAKS["rising prices"][0](np.random.default_rng(0)).dataset()
    half = len(copies.rows) // 2  # of each pair, the second row is live
    order = np.arange(2 * half).reshape(half, 2).T.ravel()
    live = replace(copies, rows=copies.rows[order], target=copies.target[order])
    live = replace(live, live=LiveOrigin(half, {}))
    (warning,) = check_data(live, TrainerSettings()).warnings
    assert "much nearer to a train row than chance explains. " in warning
    start = 6 * len(prices.rows) // 10  # before it, the prices have no order any more
    order = np.random.default_rng(0).permutation(start)
    for values in (prices.rows, prices.target):
        values[:start] = values[order]
    live = replace(prices, rows=prices.rows.copy(), target=prices.target.copy())
    live = replace(live, live=LiveOrigin(len(prices.rows) - start, {}))
    assert check_data(live, TrainerSettings()).warnings == ()
    assert "The last rows of the table differ" in check_data(prices, TrainerSettings()).warnings[0]


def test_the_same_run_has_the_same_warnings() -> None:
    table = LEAKS["near-duplicates"][0](np.random.default_rng(0))
    assert check(table) == check(table)
