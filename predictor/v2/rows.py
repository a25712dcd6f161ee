"""The one input of a model whose features are all numbers, to rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.strict_values import LARGEST
from predictor.v2 import binary, json_data
from predictor.v2.mistakes import mistake, shown
from predictor.v2.request import InputTensor
from predictor.v2.tensors import NUMBERS
from shared.servable import AnyRows

INPUT = "features"
"""The input's name, whatever the model; its shape is [rows, features], in the features' order."""


def rows_of(inputs: Sequence[InputTensor], features: Sequence[str]) -> AnyRows:
    """The rows for a model of *features*: finite, and within the range of float32.

    FP32 stays as it is, so that a large request is not copied; FP16 becomes float32, all else
    float64. Raises InputError that names what was expected, what was found and where.
    """
    tensor = _the_input(inputs)
    dtype = NUMBERS.get(tensor.datatype)
    if dtype is None:
        raise mistake(
            f"Input {INPUT} must be one of {', '.join(NUMBERS)}; found {shown(tensor.datatype)}."
        )
    if len(tensor.shape) != 2 or tensor.shape[0] < 1 or tensor.shape[1] != len(features):  # noqa: PLR2004 - rows and columns
        raise mistake(
            f"Input {INPUT} must have the shape [rows, {len(features)}] with at least one row; "
            f"found {_short(tensor.shape)}."
        )
    given: npt.NDArray[Any]
    if isinstance(tensor.data, memoryview):
        size = tensor.shape[0] * tensor.shape[1] * dtype.itemsize
        if len(tensor.data) != size:
            raise mistake(
                f"Input {INPUT} of type {tensor.datatype} and shape {_short(tensor.shape)} takes "
                f"{size} bytes; found binary_data_size {len(tensor.data)}."
            )
        given = binary.read_numbers(tensor.data, tensor.shape, dtype)
    else:
        given = json_data.read_numbers(tensor.data, tensor.shape)
    _check(given, tensor.datatype, dtype, features)
    if dtype.kind != "f":
        return given.astype(np.float64, copy=False)
    # What JSON says in more digits than its type has is rounded, so that both forms are one.
    rounded = given.astype(dtype, copy=False)
    return rounded.astype(np.promote_types(dtype, np.float32), copy=False)


def _the_input(inputs: Sequence[InputTensor]) -> InputTensor:
    if len(inputs) == 1 and inputs[0].name == INPUT:
        return inputs[0]
    found = ", ".join(shown(tensor.name) for tensor in inputs[:5]) or "none"
    raise mistake(f"The model takes one input, called {INPUT}; found {found}.")


def _check(
    given: npt.NDArray[Any], datatype: str, dtype: np.dtype[Any], features: Sequence[str]
) -> None:
    """Refuse what is not finite, not in the type's range, or a fraction in a type without."""
    low, high = _range(dtype)
    # No array is made for the check; a NaN is neither.
    if not (given.min() >= low and given.max() <= high):
        row, column = np.argwhere(~((given >= low) & (given <= high)))[0].tolist()
        raise mistake(
            f"{INPUT}[{row}][{column}] ({features[column]}) must be a finite number between "
            f"{low:.8g} and {high:.8g}; found {given[row, column]:g}."
        )
    if dtype.kind != "f" and given.dtype.kind == "f" and not (given == np.trunc(given)).all():
        row, column = np.argwhere(given != np.trunc(given))[0].tolist()
        raise mistake(
            f"{INPUT}[{row}][{column}] ({features[column]}) must be a whole number, of type "
            f"{datatype}; found {given[row, column]:g}."
        )


def _range(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "f":
        high = min(float(np.finfo(dtype).max), LARGEST)
        return -high, high
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def _short(shape: Sequence[int]) -> str:
    return shown(str(list(shape))).strip("'")
