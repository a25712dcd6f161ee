"""Steps that compare numbers in float64 are found inside a fitted pipeline."""

from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler

from shared.inference.dataframe import to_frame
from tests.support.tables.mixed_table import CATEGORIES, NUMBERS, parts_of, schema_of
from trainer.conversion.float64_steps import compares_float64
from trainer.dataset.dataset import DataSchema

LINEAR = LogisticRegression(max_iter=300)
STRINGS = (OneHotEncoder(handle_unknown="ignore"), CATEGORIES)


def columns(*steps: Any) -> Any:
    return make_column_transformer((make_pipeline(SimpleImputer(), *steps), NUMBERS), STRINGS)


COMPARING = {
    "categories of numbers": make_pipeline(columns(OneHotEncoder(handle_unknown="ignore")), LINEAR),
    "edges of bins": make_pipeline(columns(KBinsDiscretizer(3, strategy="uniform")), LINEAR),
    "thresholds": make_pipeline(columns(), HistGradientBoostingClassifier(max_iter=2)),
    "thresholds inside another": make_pipeline(
        columns(), CalibratedClassifierCV(LGBMClassifier(n_estimators=2, verbose=-1), cv=2)
    ),
    "a number that means missing": make_pipeline(columns(SimpleImputer(missing_values=0)), LINEAR),
}
OTHERS = {
    "a linear model": make_pipeline(columns(StandardScaler()), LINEAR),
    "a forest, which reads float32": make_pipeline(columns(), RandomForestClassifier(2)),
}


@pytest.mark.parametrize(
    ("pipeline", "compares"),
    [
        *((pipeline, True) for pipeline in COMPARING.values()),
        *((pipeline, False) for pipeline in OTHERS.values()),
    ],
    ids=[*COMPARING, *OTHERS],
)
def test_only_steps_that_compare_need_float64(pipeline: Any, compares: bool) -> None:
    schema, train = schema_of(2), parts_of(2).train
    pipeline.fit(to_frame(train.rows, schema.features), train.target)

    assert compares_float64(pipeline, schema) == compares


def test_a_table_without_numbers_needs_no_float64() -> None:
    features = tuple(feature for feature in schema_of(2).features if feature.type != "number")
    booster = HistGradientBoostingClassifier(max_iter=2).fit(np.eye(3), [0, 1, 1])

    assert not compares_float64(booster, DataSchema("classification", features, ("a", "b")))
