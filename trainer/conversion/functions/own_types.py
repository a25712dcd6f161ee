"""Find the steps of a fitted pipeline that run code of the user."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from skl2onnx._supported_operators import sklearn_operator_name_map
from sklearn.preprocessing import FunctionTransformer

from shared.contract.documents import Feature
from trainer.candidates.fitted_parts import find_estimators
from trainer.conversion.functions.column_layout import possible_strings

_LIBRARIES = frozenset({"sklearn", "xgboost", "lightgbm", "skl2onnx"})


def find_own_types(pipeline: Any) -> list[type]:
    """Return FunctionTransformer, and the classes of the user that transform, if they are there."""
    return list(dict.fromkeys(type(each) for each in find_estimators(pipeline) if is_own(each)))


def possible_strings_of(pipeline: Any, features: Sequence[Feature]) -> list[str]:
    """Return all strings of the table, and those that a fitted imputer fills in."""
    found = [text for feature in features for text in possible_strings(feature)]
    for estimator in find_estimators(pipeline):
        statistics = np.asarray(getattr(estimator, "statistics_", ()), dtype=object)
        found += [value for value in statistics.ravel() if isinstance(value, str)]
    return found


def is_own(estimator: Any) -> bool:
    """Decide whether a step runs code of the user."""
    if type(estimator) is FunctionTransformer:
        # Without functions it is the identity: scikit-learn's own for "passthrough".
        return estimator.func is not None or estimator.inverse_func is not None
    can_predict = hasattr(estimator, "predict")
    return _is_unknown(estimator) and hasattr(estimator, "transform") and not can_predict


def find_own_predictor(pipeline: Any) -> str | None:
    """Return the name of a class of the user that predicts, if there is one."""
    names = (
        type(each).__name__
        for each in find_estimators(pipeline)
        if _is_unknown(each) and not is_own(each)
    )
    return next(names, None)


def _is_unknown(estimator: Any) -> bool:
    type_ = type(estimator)
    is_library = type_.__module__.split(".")[0] in _LIBRARIES
    return not is_library and type_ not in sklearn_operator_name_map
