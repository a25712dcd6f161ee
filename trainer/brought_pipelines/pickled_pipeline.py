"""Read a fitted pipeline from a pickle. That runs its code, as its owner does."""

import copy
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import joblib

from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.candidates.estimator_text import describe_error

SUFFIXES = (".joblib", ".pkl", ".pickle")
"""The ends of the names of files that are unpickled. No other file is."""


@dataclass(frozen=True)
class BroughtPipeline:
    """A fitted pipeline that can be read again and again, because one copy is changed."""

    own: Any
    """The pipeline as it was brought."""
    read_copy: Callable[[], Any]
    """Reads another copy of it."""
    notes: tuple[str, ...] = ()


def read_pipeline(data: bytes) -> BroughtPipeline:
    """Unpickle a file of joblib, pickle or cloudpickle.

    Raises UnfitModelError if that fails, or if the object is not a fitted estimator.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        own = _unpickle(data)
    notes = dict.fromkeys(" ".join(str(each.message).split()) for each in caught)
    return bring_pipeline(own, lambda: _unpickle_again(data), tuple(notes))


def bring_pipeline(
    own: Any, read_copy: Callable[[], Any], notes: tuple[str, ...] = ()
) -> BroughtPipeline:
    """Return the fitted estimator *own*. Raises UnfitModelError for other objects."""
    from sklearn.exceptions import NotFittedError  # noqa: PLC0415 - slow to import
    from sklearn.utils.validation import check_is_fitted  # noqa: PLC0415 - as above

    kind = f"{type(own).__module__}.{type(own).__name__}"
    if isinstance(own, type) or not (hasattr(own, "predict") and hasattr(own, "get_params")):
        raise UnfitModelError(
            f"The model is an object of the type {kind}. It must be a fitted estimator or "
            "Pipeline of scikit-learn, or one of XGBoost or LightGBM with their scikit-learn "
            "interface, such as XGBClassifier. Publish that object."
        )
    try:
        check_is_fitted(own)
    except NotFittedError as error:
        raise UnfitModelError(
            f"The model {kind} is not fitted. Call fit before you publish it."
        ) from error
    return BroughtPipeline(own, read_copy, notes)


def copy_pipeline(own: Any) -> Any:
    """Return a deep copy of a pipeline in memory. Raises UnfitModelError if that fails."""
    try:
        return copy.deepcopy(own)
    except Exception as error:  # its objects may raise anything
        raise UnfitModelError(
            f"The model cannot be copied ({describe_error(error)}). Remove the attributes that "
            "cannot be copied, or export it to ONNX."
        ) from error


def _unpickle(data: bytes) -> Any:
    try:
        return joblib.load(io.BytesIO(data))
    except ModuleNotFoundError as error:
        raise UnfitModelError(
            f"The model needs the module {error.name}, which is not installed here. Install it in "
            "this environment (BOOSTERS=true adds XGBoost and LightGBM), or export it to ONNX."
        ) from error
    except Exception as error:
        raise UnfitModelError(
            f"The model cannot be unpickled ({describe_error(error)}). Save it with joblib.dump "
            "and the versions of Python and scikit-learn of this environment."
        ) from error


def _unpickle_again(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they were noted before
        return _unpickle(data)
