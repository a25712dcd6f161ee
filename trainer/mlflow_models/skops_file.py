"""Read a model that MLflow 3 saved with skops, which builds only objects of trusted types."""

from collections.abc import Sequence
from typing import Any

from shared.text import join_some, quote
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.candidates.estimator_text import describe_error

_TRUSTED = ("sklearn.", "xgboost.", "lightgbm.", "numpy.", "scipy.", "collections.")


def read_skops(data: bytes, trusted: Sequence[str]) -> Any:
    """Return the object in *data*.

    Types of the libraries of models are trusted, and those of *trusted*, which MLmodel names.
    Raises UnfitModelError for others.
    """
    try:
        from skops import io  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - few models need it, and it is not locked
    except ModuleNotFoundError as error:
        raise UnfitModelError(
            "The model was saved with skops, which is not installed here. Install it with "
            "`.venv/bin/pip install skops`, or save the model with "
            'serialization_format="cloudpickle".'
        ) from error
    try:
        unknown = [name for name in io.get_untrusted_types(data=data) if name not in trusted]
        others = [name for name in unknown if not name.startswith(_TRUSTED)]
        if not others:
            return io.loads(data, trusted=[*unknown, *trusted])
    except Exception as error:
        raise UnfitModelError(
            f"skops cannot read the model ({describe_error(error)}). Save it with MLflow again."
        ) from error
    raise UnfitModelError(
        f"The model has objects of the types {join_some([quote(name) for name in others])}, which "
        "MLmodel does not name as trusted. Save it with skops_trusted_types."
    )
