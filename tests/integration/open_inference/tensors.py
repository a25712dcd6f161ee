"""Inputs and outputs as tritonclient builds and reads them."""

from typing import Any

import numpy.typing as npt
from tritonclient.http import InferInput, InferRequestedOutput, InferResult


def features(
    rows: npt.NDArray[Any], datatype: str = "FP32", *, binary: bool = True, name: str = "features"
) -> list[InferInput]:
    """Build the input of a request."""
    dtypes = {"FP64": "f8", "FP32": "f4", "FP16": "f2", "INT64": "i8", "INT8": "i1", "UINT16": "u2"}
    tensor = InferInput(name, list(rows.shape), datatype)
    return [tensor.set_data_from_numpy(rows.astype(dtypes[datatype]), binary_data=binary)]


def outputs(*names: str, binary: bool = True) -> list[InferRequestedOutput]:
    return [InferRequestedOutput(name, binary_data=binary) for name in names]


def labels(result: InferResult) -> list[str]:
    """Read the labels from JSON strings or from bytes."""
    found = result.as_numpy("label")
    assert found is not None
    return [item.decode() if isinstance(item, bytes) else item for item in found.tolist()]
