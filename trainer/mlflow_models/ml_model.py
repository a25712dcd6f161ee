"""Read MLmodel, the YAML file that describes a model in MLflow's form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import YAMLError, safe_load

from shared.text import join_some, quote
from trainer.brought_models.bare.model_file import read_file
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.mlflow_models.inner_file import find_inner
from trainer.mlflow_models.model_address import ML_MODEL

FLAVOURS = ("sklearn", "xgboost", "lightgbm", "onnx")
"""The flavours that are read, in the order of preference."""
_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class MlModel:
    """The fields of MLmodel that matter here."""

    directory: Path
    flavour: str
    fields: Mapping[str, Any]
    """The fields of the flavour."""
    python_version: str | None
    columns: tuple[str, ...]
    """The names of the columns in the signature; empty without names."""

    def find(self, *names: str) -> Path:
        """Return the file that the first known one of these fields names.

        Raises UnfitModelError if no field names a file in the directory.
        """
        for name in names:
            value = self.fields.get(name)
            if isinstance(value, str) and value:
                return find_inner(self.directory, value)
        raise UnfitModelError(
            f"MODEL={self.directory}: {ML_MODEL} names no file for the flavour {self.flavour}, "
            f"but needs the field {quote(names[0])}. Save the model with MLflow again."
        )


def read_ml_model(directory: Path) -> MlModel:
    """Read the file of a directory. Raises UnfitModelError if it is not a model that is read."""
    document = _parse(directory)
    flavours = document.get("flavors")
    if not isinstance(flavours, dict) or not flavours:
        raise UnfitModelError(
            f"MODEL={directory}: {ML_MODEL} has no flavors, so it does not say what the model is. "
            "Save the model with MLflow again."
        )
    flavour = next((name for name in FLAVOURS if isinstance(flavours.get(name), dict)), None)
    if flavour is None:
        found = join_some([quote(str(name)) for name in flavours])
        raise UnfitModelError(
            f"MODEL={directory} has only the flavors {found}; those that are read are "
            f"{join_some(FLAVOURS)}. Save the model with one of them, such as mlflow.onnx."
        )
    python = flavours.get("python_function")
    version = python.get("python_version") if isinstance(python, dict) else None
    return MlModel(
        directory,
        flavour,
        flavours[flavour],
        version if isinstance(version, str) else None,
        _read_columns(document.get("signature")),
    )


def _parse(directory: Path) -> dict[str, Any]:
    path = find_inner(directory, ML_MODEL)
    size = path.stat().st_size
    if size > _MAX_BYTES:
        raise UnfitModelError(
            f"MODEL={directory}: {ML_MODEL} has {size} bytes; at most {_MAX_BYTES} are read. "
            "Save the model with MLflow again."
        )
    try:
        document = safe_load(read_file(path).decode())
    except (YAMLError, ValueError, RecursionError) as error:
        raise UnfitModelError(
            f"MODEL={directory}: {ML_MODEL} is not YAML in UTF-8{_place(error)}. "
            "Save the model with MLflow again."
        ) from error
    if not isinstance(document, dict):
        raise UnfitModelError(
            f"MODEL={directory}: {ML_MODEL} is not a list of fields, such as `flavors:`. "
            "Save the model with MLflow again."
        )
    return document


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"


def _read_columns(signature: Any) -> tuple[str, ...]:
    """Return the names of the input columns, if the signature has one for each."""
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    try:
        columns = json.loads(inputs) if isinstance(inputs, str) else []
    except (ValueError, RecursionError):
        return ()
    if not isinstance(columns, list):
        return ()
    # The name of a tensor is that of an input, not of a column.
    fields = [each for each in columns if isinstance(each, dict) and each.get("type") != "tensor"]
    names = [each.get("name") for each in fields]
    known = tuple(name for name in names if isinstance(name, str))
    return known if len(known) == len(columns) else ()
