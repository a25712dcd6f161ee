"""Bins of features: their edges, and the counting of rows in them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.live.bin_counter import BinCounter
from shared.live.bin_edges import choose_edges
from shared.live.reference import FeatureBins
from shared.live.reference_builder import build_feature_bins

NUMBER = Feature(name="x", type="number", nullable=True)
FLAG = Feature(name="flag", type="boolean", nullable=True)
SIDE = Feature(name="side", type="category", categories=("left", "right"), nullable=True)
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def build(column: list[float], feature: Feature = NUMBER) -> FeatureBins:
    return build_feature_bins(np.array(column, np.float64)[:, None], [feature], "float32")[0]


def test_a_number_has_ten_bins_of_equal_shares() -> None:
    bins = build(np.random.default_rng(1).normal(size=1000).tolist())
    assert bins.edges is not None
    assert len(bins.edges) == 9
    assert bins.counts == (100,) * 10


def test_a_number_with_few_values_has_a_bin_for_each() -> None:
    bins = build([3.0] * 80 + [1.0] * 5 + [2.0] * 5)
    assert (bins.edges, bins.counts) == ((1.5, 2.5), (5, 5, 80))


@pytest.mark.parametrize("rare", [-1.0, 1.0])
def test_a_frequent_value_leaves_the_rare_ones_a_bin(rare: float) -> None:
    others = (rare * np.arange(1, 51)).tolist()
    bins = build([0.0] * 950 + others)
    assert max(bins.counts) == 950
    assert sum(bins.counts) == 1000
    assert len(bins.counts) > 1


def test_a_constant_has_a_bin_of_its_own() -> None:
    bins = build([7.0] * 20)
    assert bins.counts == (0, 20, 0)
    counter = BinCounter([NUMBER], [bins], "float32")
    [found] = counter.describe(counter.count(np.array([[6.9], [7.0], [7.1]])))
    assert found.counts == (1, 1, 1)


def test_a_column_without_values_counts_only_missing_ones() -> None:
    bins = build([np.nan] * 3)
    assert (bins.edges, bins.counts, bins.missing) == ((), (0,), 3)


def test_a_boolean_has_two_bins() -> None:
    bins = build([0.0, 1.0, 1.0, np.nan], FLAG)
    assert (bins.edges, bins.names, bins.counts, bins.missing) == (None, None, (1, 2), 1)


def test_categories_beyond_the_most_frequent_share_a_bin() -> None:
    names = tuple(f"{index:02}" for index in range(60))
    feature = Feature(name="c", type="category", categories=names)
    codes = [float(code) for code in range(60) for _ in range(code + 1)]
    bins = build(codes, feature)
    assert bins.names == tuple(reversed(names[10:]))
    assert bins.counts == (*range(60, 10, -1), sum(range(1, 11)))


def test_infinite_missing_and_unseen_values_have_their_bins() -> None:
    features = [NUMBER, SIDE]
    bins = [
        FeatureBins(edges=(0.0, 1.0), counts=(0, 0, 0), missing=0),
        FeatureBins(names=("right", "left"), counts=(0, 0, 0), missing=0),
    ]
    rows = np.array([[-np.inf, 0], [np.inf, UNSEEN], [1e300, np.nan], [np.nan, 1], [1.0, 1]])
    number, side = BinCounter(features, bins, "float32").describe(
        BinCounter(features, bins, "float32").count(rows)
    )
    assert (number.counts, number.missing, number.unseen) == ((1, 1, 2), 1, 0)
    assert (side.counts, side.missing, side.unseen) == ((2, 1, 0), 1, 1)


def test_a_category_that_the_feature_lacks_is_refused() -> None:
    bins = FeatureBins(names=("up",), counts=(0, 0), missing=0)
    with pytest.raises(KeyError, match="up"):
        BinCounter([SIDE], [bins], "float32")


@settings(max_examples=50, deadline=None)
@given(
    train=arrays(np.float64, st.integers(1, 60), elements=FLOAT32),
    live=arrays(np.float64, st.integers(0, 60), elements=st.floats()),
)
def test_every_row_is_counted_once_whatever_its_type(
    train: "np.typing.NDArray[np.float64]", live: "np.typing.NDArray[np.float64]"
) -> None:
    bins = build(train.tolist())
    assert sum(bins.counts) + bins.missing == len(train)
    counter = BinCounter([NUMBER], [bins], "float32")
    [found] = counter.describe(counter.count(live[:, None]))
    assert sum(found.counts) + found.missing == len(live)
    with np.errstate(over="ignore"):
        rounded = live.astype(np.float32)
    [again] = counter.describe(counter.count(rounded[:, None]))
    assert again == found


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, st.integers(2, 80), elements=st.floats(-1e300, 1e300)))
def test_edges_never_part_equal_values(values: "np.typing.NDArray[np.float64]") -> None:
    edges = choose_edges(values)
    assert list(edges) == sorted(set(edges))
    assert len(edges) <= 9
    found = np.searchsorted(edges, values)
    assert len(np.unique(found)) == (len(edges) + 1 if len(np.unique(values)) > 1 else 1)
