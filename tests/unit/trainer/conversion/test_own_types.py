"""Only steps with code of the user count as the user's own."""

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from trainer.conversion.functions.own_types import find_own_types

ROWS = np.arange(24.0).reshape(12, 2)
TARGET = np.arange(12) // 6


def test_columns_that_pass_through_are_not_code_of_the_user() -> None:
    columns = make_column_transformer((StandardScaler(), [0]), remainder="passthrough")
    pipeline = make_pipeline(columns, FunctionTransformer(), LogisticRegression())

    assert find_own_types(pipeline.fit(ROWS, TARGET)) == []


def test_a_function_of_the_user_is_found_beside_columns_that_pass_through() -> None:
    columns = make_column_transformer((FunctionTransformer(np.log1p), [0]), remainder="passthrough")
    pipeline = make_pipeline(columns, LogisticRegression())

    assert find_own_types(pipeline.fit(ROWS, TARGET)) == [FunctionTransformer]
