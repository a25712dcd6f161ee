"""Directories as MLflow 2.22 and 3.17 write them, without MLflow.

Their files were compared with those of both versions of MLflow.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]  # it has no types
import lightgbm
import onnx
import sklearn
import xgboost
import yaml

PYTHON = platform.python_version()


def write_directory(
    path: Path,
    flavour: str,
    fields: Mapping[str, Any],
    files: Mapping[str, bytes],
    columns: Sequence[str] = (),
    python: str = PYTHON,
) -> Path:
    """Write a directory with one flavour besides python_function, and return it."""
    path.mkdir(parents=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
    environment = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
    function = {
        "env": environment,
        "loader_module": f"mlflow.{flavour}",
        "python_version": python,
    }
    document: dict[str, Any] = {
        "flavors": {"python_function": function, flavour: {"code": None, **fields}},
        "mlflow_version": "3.17.2",
        "model_id": None,
        "model_uuid": "3fea7dbe5fe144eaaecd2bb6efd7de28",
        "prompts": None,
        "utc_time_created": "2026-01-29 00:30:14.128331",
    }
    if columns:
        inputs = [{"type": "double", "name": name, "required": True} for name in columns]
        document["signature"] = {"inputs": json.dumps(inputs), "outputs": None, "params": None}
    (path / "MLmodel").write_text(yaml.safe_dump(document))
    (path / "requirements.txt").write_text("mlflow==3.17.2\n")
    return path


def write_sklearn(path: Path, estimator: Any, version: str = sklearn.__version__) -> Path:
    """Write a fitted pipeline, as with serialization_format="cloudpickle"."""
    fields = {
        "pickled_model": "model.pkl",
        "serialization_format": "cloudpickle",
        "sklearn_version": version,
        "skops_trusted_types": None,
    }
    return write_directory(path, "sklearn", fields, {"model.pkl": cloudpickle.dumps(estimator)})


def write_onnx(path: Path, model: onnx.ModelProto, columns: Sequence[str] = ()) -> Path:
    """Write an ONNX model, whose larger weights MLflow keeps in a file beside it."""
    fields = {"data": "model.onnx", "onnx_version": onnx.__version__, "providers": None}
    directory = write_directory(path, "onnx", fields, {}, columns)
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    onnx.save_model(
        copy,
        directory / "model.onnx",
        save_as_external_data=True,
        location="f1fd0742-eb8d-11f1.data",
        size_threshold=64,
    )
    return directory


def write_xgboost(path: Path, booster: Any, suffix: str = "ubj") -> Path:
    """Write an estimator of XGBoost, or a bare Booster, in XGBoost's own form."""
    inner = booster if hasattr(booster, "save_raw") else booster.get_booster()
    kind = type(booster)
    fields = {
        "data": f"model.{suffix}",
        "model_class": f"{kind.__module__}.{kind.__name__}",
        "model_format": suffix,
        "xgb_version": xgboost.__version__,
    }
    form = "json" if suffix == "json" else "ubj"
    raw = bytes(inner.save_raw(form))
    return write_directory(path, "xgboost", fields, {f"model.{suffix}": raw})


def write_lightgbm(path: Path, model: Any) -> Path:
    """Write an estimator of LightGBM as a pickle, or a bare Booster as text."""
    kind, is_bare = type(model), hasattr(model, "model_to_string")
    name = "model.lgb" if is_bare else "model.pkl"
    content = model.model_to_string().encode() if is_bare else cloudpickle.dumps(model)
    fields = {
        "data": name,
        "model_class": f"{kind.__module__}.{kind.__name__}",
        "lgb_version": lightgbm.__version__,
    }
    return write_directory(path, "lightgbm", fields, {name: content})


def read_fields(directory: Path) -> dict[str, Any]:
    """Return the document MLmodel."""
    document: dict[str, Any] = yaml.safe_load((directory / "MLmodel").read_text())
    return document


def change_fields(directory: Path, flavour: str, **fields: Any) -> None:
    """Change fields of a flavour in MLmodel."""
    document = read_fields(directory)
    document["flavors"][flavour].update(fields)
    (directory / "MLmodel").write_text(yaml.safe_dump(document))
