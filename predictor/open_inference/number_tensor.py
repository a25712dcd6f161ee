"""A tensor of numbers: one feature, or several side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.open_inference.request import InputTensor, input_error
from predictor.open_inference.tensor_data import (
    NUMBER_TYPES,
    NUMBERS,
    NUMBERS_OR_NULL,
    read_binary_numbers,
    read_json,
)
from shared.contract.documents import Feature
from shared.inference.servable import AnyRows
from shared.inference.strict_values import FLOAT32_MAX
from shared.text import quote, shorten


def keep_digits(tensor: InputTensor) -> InputTensor:
    """Return *tensor* for a model that takes float64: JSON numbers keep their digits.

    Many clients send FP32 always. In JSON, the numbers may have more digits than that type.
    """
    is_short = tensor.datatype in {"FP16", "FP32"} and not isinstance(tensor.data, memoryview)
    return replace(tensor, datatype="FP64") if is_short else tensor


def read_numbers(tensor: InputTensor, features: Sequence[Feature]) -> AnyRows:
    """Read the numbers of *features*, shape [rows, features].

    A missing value is NaN. FP32 stays float32, FP16 becomes float32, all others float64.
    Raises InputError.
    """
    dtype = NUMBER_TYPES.get(tensor.datatype)
    if dtype is None:
        raise input_error(
            f"Input {quote(tensor.name)} must be one of {', '.join(NUMBER_TYPES)}; found "
            f"{quote(tensor.datatype)}."
        )
    shape = (tensor.shape[0], len(features))
    numbers: npt.NDArray[Any]
    if isinstance(tensor.data, memoryview):
        size = shape[0] * shape[1] * dtype.itemsize
        if len(tensor.data) != size:
            raise input_error(
                f"Input {quote(tensor.name)} of type {tensor.datatype} and shape "
                f"{format_shape(tensor.shape)} needs {size} bytes; found binary_data_size "
                f"{len(tensor.data)}."
            )
        numbers = read_binary_numbers(tensor.data, shape, dtype)
    else:
        is_nullable = any(feature.nullable for feature in features)
        elements = NUMBERS_OR_NULL if is_nullable else NUMBERS
        numbers = read_json(tensor.name, tensor.data, shape, elements)
    _check_numbers(numbers, tensor, dtype, features)
    if dtype.kind != "f":
        return numbers.astype(np.float64, copy=False)
    # JSON may have more digits than the type: round them, so that both forms give one result.
    rounded = numbers.astype(dtype, copy=False)
    return rounded.astype(np.promote_types(dtype, np.float32), copy=False)


def _check_numbers(
    numbers: npt.NDArray[Any],
    tensor: InputTensor,
    dtype: np.dtype[Any],
    features: Sequence[Feature],
) -> None:
    """Refuse infinity, numbers outside the type's range, and fractions in an integer type.

    NaN is a missing value if the feature is nullable, and refused otherwise.
    """
    low, high = _find_range(dtype)
    # Fast check without a new array: a NaN fails both comparisons.
    if not (numbers.min() >= low and numbers.max() <= high):
        is_missing = np.isnan(numbers) & [feature.nullable for feature in features]
        is_wrong = ~((numbers >= low) & (numbers <= high) | is_missing)
        if is_wrong.any():
            row, column = np.argwhere(is_wrong)[0].tolist()
            raise input_error(
                f"{_locate(tensor, features, row, column)} must be a finite number between "
                f"{low:.8g} and {high:.8g}; found {numbers[row, column]:g}."
            )
    if dtype.kind != "f" and numbers.dtype.kind == "f":
        is_fraction = (numbers != np.trunc(numbers)) & ~np.isnan(numbers)
        if is_fraction.any():
            row, column = np.argwhere(is_fraction)[0].tolist()
            raise input_error(
                f"{_locate(tensor, features, row, column)} must be an integer of type "
                f"{tensor.datatype}; found {numbers[row, column]:g}."
            )


def _locate(tensor: InputTensor, features: Sequence[Feature], row: int, column: int) -> str:
    name = features[column].name
    return f"{name}[{row}]" if name == tensor.name else f"{tensor.name}[{row}][{column}] ({name})"


def _find_range(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "f":
        high = min(float(np.finfo(dtype).max), FLOAT32_MAX)
        return -high, high
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def format_shape(shape: Sequence[int]) -> str:
    """Format a client's shape for a message."""
    return shorten(str(list(shape)))
