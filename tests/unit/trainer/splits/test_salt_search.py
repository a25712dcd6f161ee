"""The first salt is found that gives every split every class and about its share of the rows."""

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.tables.tables import dataset_of, two_blobs
from trainer.dataset.split import SplitIndices, SplitRule, split_dataset
from trainer.splits import salt_search
from trainer.splits.distinct_rows import DistinctRows
from trainer.splits.salt_search import find_salt

Shares = tuple[float, ...]


def search_in(rows: npt.ArrayLike, target: npt.ArrayLike, classes: int) -> tuple[str, Shares]:
    """Search a salt, and split by it. Require every class in each split."""
    data = dataset_of(rows, target, classes)
    found = find_salt(DistinctRows.find(data))
    assert found is not None
    parts = split_dataset(data, found).by_name().values()
    for part in parts:
        assert len(np.unique(part.target)) >= (classes or 2)
    return found, tuple(round(len(part.rows) / len(data.rows), 2) for part in parts)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("rows", [50, 200, 5000])
def test_an_ordinary_table_has_no_salt(rows: int, seed: int) -> None:
    found = find_salt(DistinctRows.find(two_blobs(rows, seed=seed)))
    assert found == ""


@pytest.mark.parametrize("seed", range(20))
def test_a_table_with_many_equal_rows_has_no_salt(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, target = random.integers(0, 2000, (20_000, 1)), random.integers(0, 2, 20_000)
    assert search_in(rows, target, 2)[0] == ""


@pytest.mark.parametrize(
    ("kinds", "best"),
    [
        (3, (0.33, 0.33, 0.33)),
        (4, (0.5, 0.25, 0.25)),
        (6, (0.67, 0.17, 0.17)),
        (8, (0.62, 0.25, 0.12)),
    ],
)
def test_few_kinds_of_rows_have_the_best_split_that_exists(kinds: int, best: Shares) -> None:
    places = np.arange(24_000)
    _, shares = search_in(places[:, None] % kinds, places // kinds % 2, 2)
    assert shares[0] == best[0]
    assert sorted(shares) == sorted(best)


def test_sixteen_kinds_of_rows_have_about_60_20_20() -> None:
    random = np.random.default_rng(3)
    rows = random.integers(0, 2, (50_000, 4))
    _, shares = search_in(rows, random.integers(0, 2, 50_000), 2)
    assert np.abs(np.subtract(shares, (0.6, 0.2, 0.2))).max() <= 0.05


@pytest.mark.parametrize("seed", range(60))
def test_a_table_with_rare_classes_has_a_salt(seed: int) -> None:
    random = np.random.default_rng(seed)
    counts = [*random.integers(40, 200, 3), *random.integers(3, 5, random.integers(1, 4))]
    target = np.repeat(np.arange(len(counts)), counts)
    rows = np.column_stack([target + random.random(len(target)), random.random(len(target))])
    _, shares = search_in(rows, target, len(counts))
    assert shares == pytest.approx((0.6, 0.2, 0.2), abs=0.15)


def test_the_same_table_in_another_order_has_the_same_salt() -> None:
    target = np.repeat([0, 1, 2], [200, 3, 4])
    rows = np.random.default_rng(1).random((207, 2))
    order = np.random.default_rng(2).permutation(207)
    found = search_in(rows, target, 3)[0]
    assert found
    assert search_in(rows[order], target[order], 3)[0] == found


def test_a_rare_class_in_a_large_table_is_found_without_hashing_the_table_for_each_salt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = np.repeat([0, 1, 2, 3], [49_991, 3, 3, 3])
    rows = np.random.default_rng(5).random((50_000, 3))
    calls: list[str] = []
    split = DistinctRows.split

    def record(rows: DistinctRows, rule: SplitRule) -> SplitIndices:
        calls.append(rule.salt)
        return split(rows, rule)

    monkeypatch.setattr(DistinctRows, "split", record)
    found, _ = search_in(rows, target, 4)
    assert int(found) > 100
    assert calls == [found]


def test_six_different_rows_of_a_regression_are_split_into_pairs() -> None:
    _, shares = search_in(np.arange(6)[:, None], [1.5, 2.5, 3.5, 4.5, 5.5, 6.5], 0)
    assert shares == (0.33, 0.33, 0.33)


def test_a_regression_whose_target_is_nearly_constant_has_two_targets_in_each_split() -> None:
    target = np.zeros(5000)
    target[:3] = 7.5
    found, _ = search_in(np.random.default_rng(6).random((5000, 2)), target, 0)
    assert found


def test_no_salt_is_found_for_many_rare_classes() -> None:
    target = np.repeat(np.arange(21), [200, *[3] * 20])
    assert find_salt(DistinctRows.find(dataset_of(np.arange(260)[:, None], target, 21))) is None


def test_a_large_table_tries_only_some_salts_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """One key has nine rows of ten, so no salt gives a split its share."""
    monkeypatch.setattr(salt_search, "MAX_HASHES", 1000)
    keys = np.maximum(np.arange(1000) - 900, 0)
    data = dataset_of(np.arange(1000)[:, None], np.arange(1000) % 2, 2, keys)
    tried: list[str] = []
    split = DistinctRows.split

    def record(rows: DistinctRows, rule: SplitRule) -> SplitIndices:
        tried.append(rule.salt)
        return split(rows, rule)

    monkeypatch.setattr(DistinctRows, "split", record)
    assert find_salt(DistinctRows.find(data)) in tried
    assert len(tried) == 1000 // 100
