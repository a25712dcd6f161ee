"""The nearness of rows, and the agreement of their targets, by direct computation."""

import itertools
from math import log

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from tests.support.tables.split_tables import Table
from trainer.split_checks.agreement import measure_agreement
from trainer.split_checks.distinct_holdout import are_few, are_uneven, count_effective
from trainer.split_checks.row_space import RowSpace


def mixed_table(rows: int = 40) -> Table:
    random = np.random.default_rng(5)
    values = random.normal(size=rows).round(1)
    values[::7] = np.nan
    return Table(
        {
            "number": values,
            "flag": random.random(rows) < 0.3,
            "text": random.choice(list("aabbc"), rows),
            "count": random.integers(0, 5, rows),
            "other": random.normal(size=rows),
        },
        random.integers(0, 2, rows),
    )


def rank(values: np.ndarray, value: float) -> float:
    """Return the mean place of a value among all values, as a share of them."""
    places = [i + 0.5 for i, each in enumerate(sorted(values)) if each == value]
    return sum(places) / len(places) / len(values)


def expected_share(table: Table, name: str, one: int, other: int) -> float:
    column = table.columns[name]
    count = len(column)
    if column.dtype.kind in "bU":
        same = float((column == column[one]).mean())
        return same if column[one] == column[other] else 1.0
    values = column.astype(np.float64)
    missing = np.isnan(values)
    if missing[one] or missing[other]:
        return float(missing.mean()) if missing[one] and missing[other] else 1.0
    ties = [float((values == values[row]).mean()) for row in (one, other)]
    ordered = np.where(missing, np.inf, values)
    distance = abs(rank(ordered, values[one]) - rank(ordered, values[other]))
    assert count
    return min(1.0, 2 * distance + sum(ties) / 2)


def test_rows_are_near_if_few_rows_are_as_near_in_each_column() -> None:
    table = mixed_table()
    data = table.dataset()
    space = RowSpace.of(data.rows, data.schema.features)
    rows = np.arange(len(table.target))

    found = space.measure(rows, rows)

    for one, other in itertools.product(rows.tolist(), repeat=2):
        expected = -sum(log(expected_share(table, name, one, other)) for name in table.columns)
        assert found[one, other] == pytest.approx(expected, abs=1e-4), (one, other)


def test_the_agreement_of_classes_is_kappa() -> None:
    random = np.random.default_rng(6)
    truth = random.integers(0, 3, 5_000)
    other = np.where(random.random(5_000) < 0.4, truth, random.permutation(truth))

    found = measure_agreement("classification", truth, other[:, None], truth)

    assert found.value == pytest.approx(cohen_kappa_score(truth, other), abs=0.02)
    assert found.amount == (truth == other).mean()


def test_the_agreement_of_numbers_is_the_correlation_within_pairs() -> None:
    random = np.random.default_rng(7)
    common = random.normal(size=20_000)
    one, other = (50 + 3 * common + 4 * random.normal(size=20_000) for _ in range(2))

    found = measure_agreement("regression", one, other[:, None], one)

    assert found.value == pytest.approx(9 / 25, abs=0.03)


def test_equal_rows_are_worth_fewer() -> None:
    assert count_effective(np.arange(50, dtype=np.uint64)) == (50, 50.0)
    counts = np.repeat(np.arange(3, dtype=np.uint64), [90, 5, 5])
    assert count_effective(counts) == (3, 100**2 / (90**2 + 5**2 + 5**2))
    assert are_few(100, 12.0)
    assert not are_few(15, 12.0)


@pytest.mark.parametrize(
    ("sizes", "is_uneven"),
    [((600, 200, 200), False), ((655, 190, 155), False), ((840, 80, 80), True), ((9, 2, 4), False)],
)
def test_sizes_are_uneven_if_chance_does_not_explain_them(
    sizes: tuple[int, int, int], is_uneven: bool
) -> None:
    assert are_uneven(sizes) is is_uneven
