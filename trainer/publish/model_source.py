"""Read the model that a person names: an ONNX file, a pickle, or a directory of MLflow."""

from pathlib import Path

from trainer.brought_models.bare.model_file import read_file
from trainer.brought_pipelines.brought_model import BroughtGraph, BroughtModel
from trainer.brought_pipelines.own_rows import find_names
from trainer.brought_pipelines.pickled_pipeline import SUFFIXES, BroughtPipeline, read_pipeline


def read_model(model: str) -> BroughtModel:
    """Return the model at a path. Raises UnfitModelError if it cannot be published.

    A pickle is unpickled, which runs its code.
    """
    # It imports PyYAML, which other models do not need.
    from trainer.mlflow_models.model_address import find_directory  # noqa: PLC0415 - see above

    directory = find_directory(model)
    if directory is not None:
        from trainer.mlflow_models.read_model import read_mlflow_model  # noqa: PLC0415 - see above

        return read_mlflow_model(directory)
    path = Path(model)
    data = read_file(path)
    return BroughtModel(read_pipeline(data) if path.suffix in SUFFIXES else BroughtGraph(data))


def name_columns(model: BroughtModel) -> tuple[str, ...]:
    """Return the names of the columns in the order of the fit; empty if they are not known."""
    own = find_names(model.content.own) if isinstance(model.content, BroughtPipeline) else []
    return tuple(own) or model.columns
