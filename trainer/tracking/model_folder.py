"""Write a model as a directory in the form of MLflow, which `mlflow.pyfunc.load_model` reads."""

import json
import platform
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.contract.documents import ONNX_MEDIA_TYPE, Artefact, Feature
from shared.contract.layout import ARTEFACT
from shared.store.models import ModelBytes
from shared.store.verified_read import copy_verified

DESCRIPTION = "MLmodel"
_LOADER = "modelgate_model"
_ENVIRONMENT = "python_env.yaml"
_SOURCE = Path(__file__).with_name("mlflow_loader.py")
_TYPES = {"number": "double", "boolean": "boolean", "category": "string"}
_PACKAGES = ("mlflow", "numpy", "onnxruntime", "pandas")


def write_model_folder(
    source: Path, model: ModelBytes, destination: Path, *, run_id: str, at: datetime
) -> bool:
    """Write the verified *model* in *source*, and return whether MLflow can load the result.

    A pickle is not copied: loading it runs its code. Raises StoreError or OSError.
    """
    if model.artefact.model.media_type != ONNX_MEDIA_TYPE:
        return False
    destination.mkdir()
    for descriptor in model.files:
        copy_verified(source, descriptor, destination / descriptor.name)
    (destination / "code").mkdir()
    (destination / "code" / f"{_LOADER}.py").write_bytes(_SOURCE.read_bytes())
    packages = "".join(f"{name}\n" for name in _PACKAGES)
    (destination / "requirements.txt").write_text(packages)
    python = {"python": platform.python_version(), "build_dependencies": ["pip"]}
    environment = {**python, "dependencies": ["-r requirements.txt"]}
    (destination / _ENVIRONMENT).write_text(json.dumps(environment))
    described = _describe(model.artefact, run_id, at)
    # JSON is YAML too, and its strings need no rules of quoting.
    text = json.dumps(described, ensure_ascii=False, indent=2)
    (destination / DESCRIPTION).write_text(f"{text}\n", "utf-8")
    return True


def _describe(artefact: Artefact, run_id: str, at: datetime) -> dict[str, Any]:
    return {
        "artifact_path": "model",
        "run_id": run_id,
        "utc_time_created": at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "flavors": {
            "python_function": {
                "loader_module": _LOADER,
                "code": "code",
                "data": ARTEFACT,
                "env": {"virtualenv": _ENVIRONMENT},
            },
            "onnx": {
                "onnx_version": "1.17.0",
                "data": artefact.model.name,
                "providers": ["CPUExecutionProvider"],
                "onnx_session_options": None,
                "code": "code",
            },
        },
        "signature": {
            "inputs": json.dumps([_describe_input(each) for each in artefact.features]),
            "outputs": json.dumps(_describe_outputs(artefact)),
            "params": None,
        },
    }


def _describe_input(feature: Feature) -> dict[str, Any]:
    # MLflow takes no missing value in a column of booleans.
    is_any = feature.type == "boolean" and feature.nullable
    kind = "any" if is_any else _TYPES[feature.type]
    return {"type": kind, "name": feature.name, "required": not feature.nullable}


def _describe_outputs(artefact: Artefact) -> list[dict[str, Any]]:
    if artefact.task == "regression":
        return [{"type": "double", "name": "prediction", "required": True}]
    outputs: list[dict[str, Any]] = [
        {"type": "long", "name": "prediction", "required": True},
        {"type": "string", "name": "label", "required": True},
    ]
    if artefact.has_probabilities:
        numbers = {"type": "array", "items": {"type": "double"}}
        outputs.append({**numbers, "name": "probabilities", "required": True})
    return outputs
