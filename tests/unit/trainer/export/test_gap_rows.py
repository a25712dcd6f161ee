"""Gap rows have more missing values and unseen categories than the data."""

import numpy as np

from shared.inference.feature_encoding import UNSEEN
from tests.support.models.mixed import FEATURES
from tests.support.tables.tables import SCHEMA
from trainer.export.gap_rows import make_gap_rows

ROWS = np.ones((2000, len(FEATURES)))


def test_gap_rows_have_missing_and_unseen_values_where_the_schema_allows_them() -> None:
    gaps = make_gap_rows(ROWS, FEATURES)

    for column, feature in zip(gaps.T, FEATURES, strict=True):
        assert np.isnan(column).any() == feature.nullable, feature.name
        assert (column == UNSEEN).any() == (feature.categories is not None), feature.name
        assert (column == 1.0).any(), "not everywhere"


def test_gap_rows_are_bounded_and_always_the_same() -> None:
    gaps = make_gap_rows(ROWS, FEATURES)

    assert len(gaps) == 512
    assert np.array_equal(gaps, make_gap_rows(ROWS, FEATURES), equal_nan=True)
    assert (ROWS == 1.0).all(), "the rows themselves stay"


def test_complete_numbers_give_no_gap_rows() -> None:
    assert make_gap_rows(np.ones((10, 2)), SCHEMA.features).shape == (0, 2)
