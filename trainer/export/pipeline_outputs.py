"""Compare all that a fitted pipeline computes for rows: the input of its last step, and answers."""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.pipeline import Pipeline

from shared.inference.dataframe import to_frame
from shared.inference.servable import Rows
from trainer.fitting.pipeline_servable import PipelineServable, protected

_PRECISION = 1e-6
_WRAPPED = ("regressor_", "estimator_")
"""The attributes of scikit-learn with the fitted estimator inside another."""

Outputs = list[npt.NDArray[Any]]


def run_pipeline(servable: PipelineServable, rows: Rows) -> Outputs:
    """Return predictions, probabilities and the features of the last step, each [n, columns].

    The features show a difference that the answers for a few rows do not show.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # strings are unknown on purpose
        predicted = servable.predict(rows)
        found = [predicted.values, *_present(predicted.probabilities)]
        steps = _find_steps(servable.pipeline)
        if steps is not None:
            found.append(_to_array(steps.transform(protected(to_frame(rows, servable.features)))))
    return [each.reshape(len(rows), -1) for each in found]


def differ(first: Outputs, second: Outputs) -> npt.NDArray[np.bool_]:
    """Say for each row whether the outputs differ."""
    is_equal = [_are_equal(one, other) for one, other in zip(first, second, strict=True)]
    return np.asarray(~np.column_stack(is_equal).all(axis=1))


def _are_equal(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    if one.dtype == object:
        is_nan = (one != one) & (other != other)  # noqa: PLR0124 - also in arrays of objects
        return np.asarray((one == other) | is_nan, dtype=np.bool_)
    is_close = np.isclose(one, other, rtol=_PRECISION, atol=_PRECISION, equal_nan=True)
    return np.asarray(is_close)


def _present(probabilities: Any) -> list[Any]:
    return [] if probabilities is None else [probabilities]


def _find_steps(estimator: Any) -> Pipeline | None:
    """Return the steps before the last one; None if there are none."""
    for name in _WRAPPED:
        estimator = getattr(estimator, name, estimator)
    return estimator[:-1] if isinstance(estimator, Pipeline) and len(estimator) > 1 else None


def _to_array(features: Any) -> npt.NDArray[Any]:
    return np.asarray(features.toarray() if sparse.issparse(features) else features)
