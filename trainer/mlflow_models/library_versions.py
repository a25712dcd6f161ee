"""Compare the versions of the libraries that saved a model with those installed here."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from trainer.mlflow_models.ml_model import MlModel

_FIELDS = {
    "sklearn": ("sklearn_version", "scikit-learn", ("scikit-learn",)),
    "xgboost": ("xgb_version", "XGBoost", ("xgboost-cpu", "xgboost")),
    "lightgbm": ("lgb_version", "LightGBM", ("lightgbm",)),
}
"""For each flavour, the field with the version, the library, and its packages."""


def compare_versions(described: MlModel) -> Iterator[str]:
    """Yield a sentence for each version that differs from the one here."""
    field, library, packages = _FIELDS[described.flavour]
    saved, here = described.fields.get(field), _find_version(packages)
    if isinstance(saved, str | float) and here is not None and str(saved) != here:
        yield (
            f"The model was saved with {library} {saved}, but {here} is installed here. It may "
            "answer otherwise, or not be readable."
        )
    python = described.python_version
    if python is not None and python.split(".")[:2] != [*platform.python_version_tuple()[:2]]:
        yield (
            f"The model was saved with Python {python}, but this is {platform.python_version()}. "
            "Its own functions may not run."
        )


def _find_version(packages: tuple[str, ...]) -> str | None:
    for package in packages:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None
