"""Find the directory of a model in MLflow's form, also by its address at a server."""

import os
import re
from pathlib import Path

from trainer.brought_models.bare.unfit_model import UnfitModelError

ML_MODEL = "MLmodel"
"""The file that describes a model, by which its directory is known."""
_ADDRESS = re.compile(r"(models|runs|mlflow-artifacts):/")


def is_address(model: str) -> bool:
    """Report whether *model* is the address of a model at a server, not a path."""
    return _ADDRESS.match(model) is not None


def find_directory(model: str) -> Path | None:
    """Return the directory of a model in MLflow's form; None for the path of a file.

    Raises UnfitModelError for an address, and for a directory without MLmodel.
    """
    if is_address(model):
        raise UnfitModelError(
            f"MODEL={model} is the address of a model at an MLflow server, but only directories "
            f"are read. Download it with `mlflow artifacts download -u {model} -d model`, and set "
            "MODEL to that directory."
        )
    path = Path(model)
    # Those of os.path return False for a name that is too long.
    if path.name == ML_MODEL and os.path.isfile(path):  # noqa: PTH113 - see above
        path = path.parent
    if not os.path.isdir(path):  # noqa: PTH112 - see above
        return None
    if not (path / ML_MODEL).exists():
        raise UnfitModelError(
            f"MODEL={model} is a directory without a file {ML_MODEL}, so it is not a model of "
            "MLflow. Set MODEL to the directory that has this file, or to the file of a model."
        )
    return path
