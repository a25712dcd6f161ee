"""The inputs of a model that takes booleans or categories: a column for each feature, to rows."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.open_inference import binary, json_data
from predictor.open_inference.input_errors import input_error, shown
from predictor.open_inference.number_tensor import read_numbers, short
from predictor.open_inference.request import InputTensor
from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN, category_codes
from shared.inference.servable import Rows

_SHOWN = 5
_Column = npt.NDArray[np.floating[Any]]


def read_columns(inputs: Sequence[InputTensor], features: Sequence[Feature]) -> Rows:
    """The rows, shape [rows, features], float64; an input that may be missing may be left out.

    Raises InputError that names what was expected, what was found and where.
    """
    tensors = _by_name(inputs, features)
    count = inputs[0].shape[0] if inputs[0].shape else 0
    for tensor in inputs:
        if tensor.shape not in {(count,), (count, 1)} or not count:
            raise input_error(
                f"Input {shown(tensor.name)} must have the shape [rows, 1] or [rows], with at "
                f"least one row, and as many as all others; found {short(tensor.shape)}."
            )
    given = {one.name: _read(tensors[one.name], one) for one in features if one.name in tensors}
    # Not before: a shape is believed when its data is read.
    missing = np.full(count, np.nan)
    return np.column_stack([given.get(feature.name, missing) for feature in features])


def _by_name(inputs: Sequence[InputTensor], features: Sequence[Feature]) -> dict[str, InputTensor]:
    tensors = {tensor.name: tensor for tensor in inputs}
    names = [feature.name for feature in features]
    needed = [feature.name for feature in features if not feature.nullable]
    lacking = [name for name in needed if name not in tensors]
    if lacking or not inputs:
        found = f"lacks {_some(lacking)}" if lacking else "has none"
        raise input_error(f"The model takes the inputs {_some(names)}; the request {found}.")
    for name in tensors:
        if name not in names:
            raise input_error(f"The model takes no input {shown(name)}; it takes {_some(names)}.")
    if len(tensors) < len(inputs):
        raise input_error("Each input must stand once; one of them stands twice.")
    return tensors


def _read(tensor: InputTensor, feature: Feature) -> _Column:
    column = _READ[feature.type](tensor, feature)
    is_missing = np.isnan(column)
    if is_missing.any() and not feature.nullable:
        raise input_error(
            f"{feature.name}[{int(is_missing.argmax())}] is missing, and this feature was never "
            "missing in the data that the model was trained on."
        )
    return column


def _number(tensor: InputTensor, feature: Feature) -> _Column:
    return read_numbers(tensor, [feature])[:, 0]


def _boolean(tensor: InputTensor, feature: Feature) -> _Column:
    count = tensor.shape[0]
    if tensor.datatype != "BOOL" and feature.nullable:
        column = _number(tensor, feature)
    elif tensor.datatype != "BOOL":
        raise input_error(_not_of(tensor, "BOOL"))
    elif isinstance(tensor.data, memoryview):
        if len(tensor.data) != count:
            raise input_error(
                f"Input {shown(tensor.name)} of type BOOL and shape {short(tensor.shape)} takes "
                f"{count} bytes; found binary_data_size {len(tensor.data)}."
            )
        column = np.frombuffer(tensor.data, np.uint8).astype(np.float64)
    else:
        column = json_data.read_json(tensor.name, tensor.data, (count, 1), json_data.BOOLEANS)[:, 0]
    is_wrong = ~((column == 0) | (column == 1) | np.isnan(column))
    if is_wrong.any():
        row = int(is_wrong.argmax())
        raise input_error(f"{feature.name}[{row}] must be 0 or 1; found {column[row]:g}.")
    return column


def _category(tensor: InputTensor, feature: Feature) -> _Column:
    count = tensor.shape[0]
    if tensor.datatype != "BYTES":
        raise input_error(_not_of(tensor, "BYTES"))
    texts: Sequence[str | None]
    if isinstance(tensor.data, memoryview):
        texts = binary.read_texts(tensor.name, tensor.data, count)
    else:
        texts = json_data.read_json(tensor.name, tensor.data, (count, 1), json_data.TEXTS)[
            :, 0
        ].tolist()
    codes: dict[Any, float] = {**category_codes(feature), None: math.nan, "": math.nan}
    return np.array([codes.get(text, UNSEEN) for text in texts], dtype=np.float64)


_READ = {"number": _number, "boolean": _boolean, "category": _category}


def _not_of(tensor: InputTensor, datatype: str) -> str:
    return f"Input {shown(tensor.name)} must be {datatype}; found {shown(tensor.datatype)}."


def _some(names: Sequence[str]) -> str:
    some = ", ".join(map(shown, names[:_SHOWN]))
    return some if len(names) <= _SHOWN else f"{some}, … ({len(names)} in all)"
