"""Generated rows are legal, and try what the data does not hold."""

import numpy as np
import numpy.typing as npt
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder
from xgboost import XGBClassifier

from shared.inference.feature_encoding import UNSEEN, check_values
from tests.support.models.mixed import FEATURES, mixed_rows
from tests.support.tables.tables import SCHEMA, blob_parts, number_features
from trainer.export.column_numbers import FARTHEST, ColumnNumbers
from trainer.export.fitted_numbers import find_fitted_numbers
from trainer.export.generated_rows import RowGenerator

ROWS = np.where((rows := mixed_rows(400)) == UNSEEN, 0.0, rows)
NOTHING = np.zeros(0)


def generated(count: int = 3000) -> npt.NDArray[np.float64]:
    return RowGenerator(ROWS, FEATURES, NOTHING, seed=7).generate(count)


def test_generated_rows_are_legal() -> None:
    check_values(generated(), FEATURES, "generated", may_be_unseen=True)


def test_every_feature_is_missing_and_unseen_where_it_may_be() -> None:
    for column, feature in zip(generated().T, FEATURES, strict=True):
        assert np.isnan(column).any() == feature.nullable, feature.name
        assert (column == UNSEEN).any() == (feature.categories is not None), feature.name


def test_some_rows_change_one_number_and_some_all() -> None:
    numbers = ROWS[~np.isnan(ROWS[:, 1]), :2]
    made = RowGenerator(numbers, number_features(["age", "fare"]), NOTHING, seed=7).generate(500)
    changed = [(row != numbers).sum(axis=1).min() for row in made]

    assert {1, 2} <= set(changed)


def test_equal_seeds_give_equal_rows() -> None:
    assert np.array_equal(generated(), generated(), equal_nan=True)


def drawn(column: list[float], *, fitted: list[float]) -> npt.NDArray[np.float64]:
    numbers = ColumnNumbers(np.array(column), np.array(fitted))
    return numbers.draw(np.random.default_rng(0), np.ones(20_000, dtype=np.bool_))


def test_numbers_are_at_beside_between_and_beyond_those_of_the_column() -> None:
    numbers = set(drawn([1.0, 2.0, 4.0], fitted=[2.25, 900.0]).tolist())

    beside = (np.nextafter(2.0, 0.0), float(np.nextafter(np.float32(2.0), np.float32(3.0))))
    assert {1.0, 2.0, 3.0, 2.25, np.nextafter(2.25, 3.0), *beside} <= numbers
    assert {0.0, -1.0, 2.5} <= numbers, "plain numbers"
    assert 900.0 not in numbers, "a threshold of another column"
    assert {7.0, -2.0} <= numbers, "one range beyond"


def test_numbers_are_tiny_and_huge_but_never_infinite_in_float32() -> None:
    numbers = np.abs(drawn([1.0, 2.0], fitted=[]))

    assert numbers[numbers > 0].min() < 1e-200
    assert 1e25 < numbers.max() <= FARTHEST
    assert drawn([3e38, -3e38], fitted=[]).max() <= np.finfo(np.float32).max


def test_a_column_of_missing_values_gets_numbers_too() -> None:
    assert np.isfinite(drawn([np.nan, np.nan], fitted=[])).all()


def test_thresholds_edges_and_categories_of_all_estimators_are_found() -> None:
    part = blob_parts().train
    rows = part.rows.round(1)
    forest = RandomForestClassifier(3, random_state=0)
    columns = make_column_transformer(
        (OneHotEncoder(), [0]), (KBinsDiscretizer(3, strategy="uniform"), [1])
    )
    pipelines = [
        make_pipeline(forest),
        make_pipeline(columns, LogisticRegression()),
        HistGradientBoostingClassifier(max_iter=2),
        XGBClassifier(n_estimators=2),
    ]
    found = [find_fitted_numbers(each.fit(rows, part.target)) for each in pipelines]

    assert set(forest.estimators_[0].tree_.threshold.tolist()) <= set(found[0].tolist())
    assert set(rows[:, 0].tolist()) <= set(found[1].tolist())
    assert set(columns.transformers_[1][1].bin_edges_[0].tolist()) <= set(found[1].tolist())
    assert all(len(numbers) for numbers in found)
    assert len(SCHEMA.features) == rows.shape[1]
