"""Give XGBoost and LightGBM arrays where they refuse the names of the columns.

XGBoost refuses `[`, `]` and `<` in a name, LightGBM the special characters of JSON, and two names
that differ only by blanks. Both accept arrays. So a step that returns an array is put before each
booster that would get the table. All other estimators get the table, with the user's names.

The step is a StandardScaler that neither moves nor scales. scikit-learn has no other step that
accepts missing values and pickles without code of ours.
"""

from collections.abc import Sequence
from typing import Any

STEP = "as_array"
"""The name of the step."""
_REFUSED = {"xgboost": "[]<", "lightgbm": '",:[]{}'}
_READ_NAMES = ("ColumnTransformer", "FunctionTransformer")
_KNOWN = ("sklearn", *_REFUSED)


def feed_arrays(estimator: Any, names: Sequence[str], *, has_strings: bool) -> Any:
    """Return the unfitted *estimator* so that its boosters accept a table with these columns.

    *has_strings* says whether a column holds strings, which no array of numbers can hold.
    """
    refused = {library for library in _REFUSED if _is_refused(library, names)}
    return _feed(estimator, refused, has_strings=has_strings) if refused else estimator


def remove_array_steps(pipeline: Any) -> Any:
    """Return a fitted pipeline without its array steps, for readers that know no names."""
    from sklearn.pipeline import Pipeline  # noqa: PLC0415 - slow to import

    if not isinstance(pipeline, Pipeline) or STEP not in pipeline.named_steps:
        return pipeline
    steps = [(name, step) for name, step in pipeline.steps if name != STEP]
    return steps[0][1] if len(steps) == 1 and pipeline.steps[0][0] == STEP else Pipeline(steps)


def put_array_step_before(fitted: Any, names: Sequence[str]) -> Any:
    """Return a *fitted* estimator that takes a table of numbers, though it was fitted on arrays."""
    import pandas as pd  # noqa: PLC0415 - not needed for an unfitted estimator
    from sklearn.pipeline import Pipeline  # noqa: PLC0415 - slow to import

    step = _array_step().fit(pd.DataFrame([[0.0] * len(names)], columns=list(names)))
    return Pipeline([(STEP, step), ("model", fitted)])


def _is_refused(library: str, names: Sequence[str]) -> bool:
    if any(character in name for name in names for character in _REFUSED[library]):
        return True
    return library == "lightgbm" and len({"_".join(name.split()) for name in names}) < len(names)


def _feed(estimator: Any, refused: set[str], *, has_strings: bool) -> Any:
    from sklearn.pipeline import Pipeline  # noqa: PLC0415 - slow to import

    if not any(_library(part) in refused for part in _parts(estimator)):
        return estimator
    if isinstance(estimator, Pipeline):
        return estimator.set_params(steps=_feed_steps(estimator.steps, refused, has_strings))
    if not has_strings and not _reads_names(estimator):
        return Pipeline([(STEP, _array_step()), ("model", estimator)])
    changed = {
        name: _feed_value(value, refused, has_strings)
        for name, value in estimator.get_params(deep=False).items()
    }
    return estimator.set_params(**changed)


def _feed_steps(
    steps: Sequence[tuple[str, Any]], refused: set[str], has_strings: bool
) -> list[tuple[str, Any]]:
    """Put an array step before the first step with a booster, if a table may reach it."""
    changed: list[tuple[str, Any]] = []
    is_table = True
    for name, step in steps:
        if is_table and any(_library(part) in refused for part in _parts(step)):
            if has_strings or _reads_names(step):
                step = _feed(step, refused, has_strings=has_strings)  # noqa: PLW2901 - the fed step
            else:
                changed.append((STEP, _array_step()))
                is_table = False
        changed.append((name, step))
        is_table = is_table and _may_return_table(step)
        has_strings = has_strings and step in {None, "passthrough"}
    return changed


def _feed_value(value: Any, refused: set[str], has_strings: bool) -> Any:
    """Feed an estimator, or those of a list of (name, estimator) or (name, estimator, columns)."""
    if hasattr(value, "get_params"):
        return _feed(value, refused, has_strings=has_strings)
    if not isinstance(value, list):
        return value
    return [
        (item[0], _feed_value(item[1], refused, has_strings), *item[2:])
        if isinstance(item, tuple) and len(item) > 1
        else item
        for item in value
    ]


def _parts(estimator: Any) -> list[Any]:
    """Return the estimator and all estimators in it."""
    if not hasattr(estimator, "get_params"):
        return []
    return [estimator, *(v for v in estimator.get_params().values() if hasattr(v, "get_params"))]


def _library(estimator: Any) -> str:
    """Return the library of an estimator or of its base class; empty for others."""
    modules = (type_.__module__.split(".")[0] for type_ in type(estimator).__mro__)
    return next((module for module in modules if module in _KNOWN), "")


def _reads_names(estimator: Any) -> bool:
    """Say whether something in it may take columns by name: a user's class may, too."""
    return any(
        type(part).__name__ in _READ_NAMES
        or (type(part).__module__.split(".")[0] not in _KNOWN and _library(part) not in _REFUSED)
        for part in _parts(estimator)
    )


def _may_return_table(step: Any) -> bool:
    """Say whether the output may have names; if it has none, an array step is harmless."""
    from sklearn import get_config  # noqa: PLC0415 - slow to import

    parts = _parts(step)
    if not parts or type(step).__name__ == "FunctionTransformer" or not _library(step):
        return True  # "passthrough", or a class that may return anything
    outputs = (getattr(part, "_sklearn_output_config", {}).get("transform") for part in parts)
    default = get_config()["transform_output"]
    return any((output or default) != "default" for output in outputs)


def _array_step() -> Any:
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - slow to import

    return StandardScaler(with_mean=False, with_std=False).set_output(transform="default")
