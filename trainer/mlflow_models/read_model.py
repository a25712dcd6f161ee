"""Read a model in MLflow's form."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainer.brought_models.bare.model_file import MAX_MODEL_BYTES, read_file
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_pipelines.brought_model import BroughtGraph, BroughtModel
from trainer.brought_pipelines.pickled_pipeline import (
    BroughtPipeline,
    bring_pipeline,
    read_pipeline,
)
from trainer.mlflow_models.boosters import read_lightgbm, read_xgboost
from trainer.mlflow_models.inner_file import find_inner
from trainer.mlflow_models.library_versions import compare_versions
from trainer.mlflow_models.ml_model import MlModel, read_ml_model
from trainer.mlflow_models.skops_file import read_skops

_WEIGHTS = "*.data"
"""The files with the weights of large ONNX models, which MLflow keeps beside them."""


def read_mlflow_model(directory: Path) -> BroughtModel:
    """Read a directory. Raises UnfitModelError if it is not a model that can be published.

    A pipeline is unpickled, which runs its code.
    """
    described = read_ml_model(directory)
    if described.flavour == "onnx":
        content: BroughtGraph | BroughtPipeline = _read_graph(described)
        return BroughtModel(content, described.columns)
    warnings = tuple(compare_versions(described))
    try:
        with _own_code(described):
            content = _READERS[described.flavour](described)
    except UnfitModelError as error:
        # Another version is the likely reason why a pickle cannot be read.
        raise UnfitModelError(" ".join([str(error), *warnings])) from error
    return BroughtModel(content, described.columns, warnings)


def _read_graph(described: MlModel) -> BroughtGraph:
    path = described.find("data")
    files = [found for found in sorted(path.parent.glob(_WEIGHTS)) if found != path]
    inside = [find_inner(described.directory, str(file.resolve())) for file in files]
    size = sum(file.stat().st_size for file in [path, *inside])
    if size > MAX_MODEL_BYTES:
        raise UnfitModelError(
            f"MODEL={described.directory} has {size} bytes with its weights; at most "
            f"{MAX_MODEL_BYTES} are read. Make the model smaller."
        )
    weights = {file.name: read_file(found) for file, found in zip(files, inside, strict=True)}
    return BroughtGraph(read_file(path), weights)


def _read_sklearn(described: MlModel) -> BroughtPipeline:
    return _read_saved(described, read_file(described.find("pickled_model")))


def _read_lightgbm(described: MlModel) -> BroughtPipeline:
    data = read_file(described.find("data"))
    if described.fields.get("model_class") == "lightgbm.basic.Booster":
        return bring_pipeline(read_lightgbm(data), lambda: read_lightgbm(data))
    return _read_saved(described, data)


def _read_xgboost(described: MlModel) -> BroughtPipeline:
    data, kind = read_file(described.find("data")), described.fields.get("model_class")
    return bring_pipeline(read_xgboost(data, kind), lambda: read_xgboost(data, kind))


def _read_saved(described: MlModel, data: bytes) -> BroughtPipeline:
    if described.fields.get("serialization_format") != "skops":
        return read_pipeline(data)
    trusted = described.fields.get("skops_trusted_types") or []
    return bring_pipeline(read_skops(data, trusted), lambda: read_skops(data, trusted))


_READERS: dict[str, Callable[[MlModel], BroughtPipeline]] = {
    "sklearn": _read_sklearn,
    "xgboost": _read_xgboost,
    "lightgbm": _read_lightgbm,
}


@contextmanager
def _own_code(described: MlModel) -> Iterator[None]:
    """Let a pickle import the modules that were saved with the model."""
    code: Any = described.fields.get("code")
    if not isinstance(code, str) or not code:
        yield
        return
    folder = str(find_inner(described.directory, code))
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
