"""The first salt is found that gives every split every class and about its share of the rows."""

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.tables.tables import dataset_of, two_blobs
from trainer.dataset import salt_search
from trainer.dataset.distinct_rows import DistinctRows
from trainer.dataset.salt_search import SALTS_FOR_SHARES, SaltSearch, find_salt
from trainer.dataset.split import SplitIndices, split_dataset

Shares = tuple[float, ...]


def search_in(
    rows: npt.ArrayLike, target: npt.ArrayLike, classes: int
) -> tuple[SaltSearch, Shares]:
    """Search a salt, and split by it. Require every class in each split."""
    data = dataset_of(rows, target, classes)
    found = find_salt(DistinctRows.find(data))
    assert found.salt is not None
    parts = split_dataset(data, found.salt).by_name().values()
    for part in parts:
        assert len(np.unique(part.target)) >= (classes or 2)
    return found, tuple(round(len(part.rows) / len(data.rows), 2) for part in parts)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("rows", [50, 200, 5000])
def test_an_ordinary_table_has_no_salt(rows: int, seed: int) -> None:
    found = find_salt(DistinctRows.find(two_blobs(rows, seed=seed)))
    assert found == SaltSearch("", 1)


@pytest.mark.parametrize("seed", range(20))
def test_a_table_with_many_equal_rows_has_no_salt(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, target = random.integers(0, 2000, (20_000, 1)), random.integers(0, 2, 20_000)
    assert search_in(rows, target, 2)[0].salt == ""


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
    found, shares = search_in(places[:, None] % kinds, places // kinds % 2, 2)
    assert shares[0] == best[0]
    assert sorted(shares) == sorted(best)
    assert found.tried <= SALTS_FOR_SHARES + 100


def test_sixteen_kinds_of_rows_have_about_60_20_20() -> None:
    random = np.random.default_rng(3)
    rows = random.integers(0, 2, (50_000, 4))
    found, shares = search_in(rows, random.integers(0, 2, 50_000), 2)
    assert found.tried < SALTS_FOR_SHARES
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
    assert found.salt
    assert search_in(rows[order], target[order], 3)[0] == found


def test_a_rare_class_in_a_large_table_is_found_without_hashing_the_table_for_each_salt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = np.repeat([0, 1, 2, 3], [49_991, 3, 3, 3])
    rows = np.random.default_rng(5).random((50_000, 3))
    calls: list[str] = []
    split = DistinctRows.split

    def record(rows: DistinctRows, salt: str) -> SplitIndices:
        calls.append(salt)
        return split(rows, salt)

    monkeypatch.setattr(DistinctRows, "split", record)
    found, _ = search_in(rows, target, 4)
    assert found.tried > 100
    assert calls == [found.salt]


def test_six_different_rows_of_a_regression_are_split_into_pairs() -> None:
    _, shares = search_in(np.arange(6)[:, None], [1.5, 2.5, 3.5, 4.5, 5.5, 6.5], 0)
    assert shares == (0.33, 0.33, 0.33)


def test_a_regression_whose_target_is_nearly_constant_has_two_targets_in_each_split() -> None:
    target = np.zeros(5000)
    target[:3] = 7.5
    found, _ = search_in(np.random.default_rng(6).random((5000, 2)), target, 0)
    assert found.salt


def test_the_search_ends_where_no_salt_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salt_search, "MAX_HASHES", 10_000)
    target = np.repeat(np.arange(21), [200, *[3] * 20])
    found = find_salt(DistinctRows.find(dataset_of(np.arange(260)[:, None], target, 21)))
    assert found.salt is None
    assert 1000 < found.tried < 2000
