"""A tensor of numbers, of one feature or of many side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.codec.strict_values import FLOAT32_MAX
from predictor.open_inference import binary, json_data
from predictor.open_inference.input_errors import input_error, shown
from predictor.open_inference.request import InputTensor
from predictor.open_inference.tensors import NUMBER_TYPES
from shared.contract.documents import Feature
from shared.inference.servable import AnyRows


def read_numbers(tensor: InputTensor, features: Sequence[Feature]) -> AnyRows:
    """The numbers of *features*, shape [rows, features], as many rows as *tensor* has.

    NaN where one is missing. FP32 stays as it is; FP16 becomes float32, all else float64.
    Raises InputError.
    """
    dtype = NUMBER_TYPES.get(tensor.datatype)
    if dtype is None:
        raise input_error(
            f"Input {shown(tensor.name)} must be one of {', '.join(NUMBER_TYPES)}; found "
            f"{shown(tensor.datatype)}."
        )
    shape = (tensor.shape[0], len(features))
    given: npt.NDArray[Any]
    if isinstance(tensor.data, memoryview):
        size = shape[0] * shape[1] * dtype.itemsize
        if len(tensor.data) != size:
            raise input_error(
                f"Input {shown(tensor.name)} of type {tensor.datatype} and shape "
                f"{short(tensor.shape)} takes {size} bytes; found binary_data_size "
                f"{len(tensor.data)}."
            )
        given = binary.read_numbers(tensor.data, shape, dtype)
    else:
        may_have_gaps = any(feature.nullable for feature in features)
        elements = json_data.NUMBERS_OR_NULL if may_have_gaps else json_data.NUMBERS
        given = json_data.read_json(tensor.name, tensor.data, shape, elements)
    _check(given, tensor, dtype, features)
    if dtype.kind != "f":
        return given.astype(np.float64, copy=False)
    # What JSON says in more digits than its type has is rounded, so that both forms are one.
    rounded = given.astype(dtype, copy=False)
    return rounded.astype(np.promote_types(dtype, np.float32), copy=False)


def _check(
    given: npt.NDArray[Any],
    tensor: InputTensor,
    dtype: np.dtype[Any],
    features: Sequence[Feature],
) -> None:
    """Refuse what is not finite, not in the type's range, or a fraction in a type without.

    NaN is a missing value where one may be missing.
    """
    low, high = _range(dtype)
    # No array is made for the check; a NaN is neither.
    if not (given.min() >= low and given.max() <= high):
        is_gap = np.isnan(given) & [feature.nullable for feature in features]
        is_wrong = ~((given >= low) & (given <= high) | is_gap)
        if is_wrong.any():
            row, column = np.argwhere(is_wrong)[0].tolist()
            raise input_error(
                f"{_place(tensor, features, row, column)} must be a finite number between "
                f"{low:.8g} and {high:.8g}; found {given[row, column]:g}."
            )
    if dtype.kind != "f" and given.dtype.kind == "f":
        is_fraction = (given != np.trunc(given)) & ~np.isnan(given)
        if is_fraction.any():
            row, column = np.argwhere(is_fraction)[0].tolist()
            raise input_error(
                f"{_place(tensor, features, row, column)} must be a whole number, of type "
                f"{tensor.datatype}; found {given[row, column]:g}."
            )


def _place(tensor: InputTensor, features: Sequence[Feature], row: int, column: int) -> str:
    name = features[column].name
    return f"{name}[{row}]" if name == tensor.name else f"{tensor.name}[{row}][{column}] ({name})"


def _range(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "f":
        high = min(float(np.finfo(dtype).max), FLOAT32_MAX)
        return -high, high
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def short(shape: Sequence[int]) -> str:
    """A client's shape inside a sentence."""
    return shown(str(list(shape))).strip("'")
