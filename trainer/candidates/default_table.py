"""The candidates without TRAINER_CANDIDATES: a linear model and a random forest."""

from typing import Any

from trainer.dataset.dataset import DataSchema


def default_table(schema: DataSchema) -> dict[str, tuple[Any, dict[str, list[Any]]]]:
    """Return name -> (unfitted estimator, parameter space for TRAINER_SEARCH).

    Data with categories or missing values gets a step of columns first. It replaces a missing
    number or boolean by the median and marks it as missing. A category becomes one column for
    each of its values.
    """
    from sklearn.ensemble import (  # noqa: PLC0415 - as the next four
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.linear_model import LogisticRegression, Ridge  # noqa: PLC0415 - slow to import,
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415 - and not needed
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - to report an error

    if schema.task == "classification":
        name, linear = "logistic_regression", LogisticRegression(max_iter=1000)
        linear_space = {"C": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]}
        forest = RandomForestClassifier()
    else:
        name, linear = "ridge", Ridge()
        linear_space = {"alpha": [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]}
        forest = RandomForestRegressor()
    forest_space: dict[str, list[Any]] = {
        "n_estimators": [50, 100, 200],
        "max_depth": [None, 4, 8, 16],
        "min_samples_leaf": [1, 2, 5, 10],
        "max_features": ["sqrt", 0.3, 0.6, 1.0],
    }
    columns = _column_step(schema)
    steps = (StandardScaler(),) if columns is None else (columns, StandardScaler())
    pipeline = make_pipeline(*steps, linear)
    trees = forest if columns is None else make_pipeline(columns, forest)
    return {
        name: (pipeline, _prefix_space(pipeline, linear, linear_space)),
        "random_forest": (trees, _prefix_space(trees, forest, forest_space)),
    }


def _column_step(schema: DataSchema) -> Any:
    """Return the step that gives numbers without missing values; None if it is not needed."""
    from sklearn.compose import make_column_transformer  # noqa: PLC0415 - as above
    from sklearn.impute import SimpleImputer  # noqa: PLC0415 - as above
    from sklearn.preprocessing import OneHotEncoder  # noqa: PLC0415 - as above

    categories = [feature.name for feature in schema.features if feature.type == "category"]
    if not categories and not any(feature.nullable for feature in schema.features):
        return None
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    # Also for columns without missing values in train: they may have some later.
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    numbers = [feature.name for feature in schema.features if feature.type != "category"]
    steps = [(imputer, numbers), (encoder, categories)]
    return make_column_transformer(*(step for step in steps if step[1]))


def _prefix_space(whole: Any, part: Any, space: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Return the space of the last step under its parameter names in the pipeline."""
    if whole is part:
        return space
    return {f"{whole.steps[-1][0]}__{name}": values for name, values in space.items()}
