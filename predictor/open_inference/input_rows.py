"""The inputs of a request as rows: one tensor of numbers, or one tensor for each feature.

A model of numbers takes both forms. Other models take only the second.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.codec.input_schema import InputSchema
from predictor.open_inference.number_tensor import format_shape, keep_digits, read_numbers
from predictor.open_inference.request import InputTensor, input_error
from predictor.open_inference.tensor_data import BOOLEANS, STRINGS, read_binary_strings, read_json
from shared.contract.documents import Feature, NumberType
from shared.errors import InputError
from shared.inference.servable import AnyRows, Rows
from shared.inference.text_index import suggest_name
from shared.text import join_some, quote

ONLY_INPUT = "features"
"""The input with a column for each feature, if all features are numbers."""

_Column = npt.NDArray[np.floating[Any]]


def takes_one_tensor(features: Sequence[Feature]) -> bool:
    """Report whether a model of *features* also takes one tensor, ONLY_INPUT."""
    return all(feature.type == "number" for feature in features)


def min_values_per_row(features: Sequence[Feature]) -> int:
    """Return the smallest number of values in a row; nullable inputs may be omitted."""
    return max(1, sum(not feature.nullable for feature in features))


def read_rows(
    inputs: Sequence[InputTensor], schema: InputSchema, number_type: NumberType = "float32"
) -> AnyRows:
    """Read the rows for the model of *schema* that takes *number_type*, shape [rows, features].

    Values are encoded as `shared.inference.feature_encoding` describes. Numbers are finite and
    within float32's range. A model of numbers only gets FP32 as float32, without a copy.
    Raises InputError with the place, the value found and the value expected.
    """
    features = schema.features
    if number_type == "float64":
        inputs = [*map(keep_digits, inputs)]
    if not takes_one_tensor(features) or _has_columns(inputs, schema):
        return _read_columns(inputs, schema)
    if schema.ignores_extra:
        inputs = [tensor for tensor in inputs if tensor.name == ONLY_INPUT] or inputs
    if len(inputs) != 1 or inputs[0].name != ONLY_INPUT:
        raise _wrong_inputs(inputs, features)
    shape = inputs[0].shape
    if len(shape) != 2 or shape[0] < 1 or shape[1] != len(features):  # noqa: PLR2004 - rows and columns
        raise input_error(
            f"Input {ONLY_INPUT} must have the shape [rows, {len(features)}] with at least one "
            f"row; found {format_shape(shape)}."
        )
    _check_rows(shape[0], schema)
    return read_numbers(inputs[0], features)


def _has_columns(inputs: Sequence[InputTensor], schema: InputSchema) -> bool:
    """Report whether *inputs* are those of single features. A feature may be named ONLY_INPUT."""
    is_known = [schema.names.find(tensor.name) is not None for tensor in inputs]
    if all(tensor.name != ONLY_INPUT for tensor in inputs):
        return any(is_known)
    return len(inputs) > 1 and schema.names.find(ONLY_INPUT) is not None


def _wrong_inputs(inputs: Sequence[InputTensor], features: Sequence[Feature]) -> InputError:
    sent = [tensor.name for tensor in inputs]
    names = {feature.name: quote(feature.name) for feature in features}
    unknown = [name for name in sent if name not in {ONLY_INPUT, *names}]
    hint = suggest_name(unknown[0], names) if unknown else ""
    return input_error(
        f"The model takes one input, called {ONLY_INPUT}, or one for each feature: "
        f"{join_some([*names.values()])}; found {join_some([*map(quote, sent)]) or 'none'}.{hint}"
    )


def _read_columns(inputs: Sequence[InputTensor], schema: InputSchema) -> Rows:
    """Read one tensor for each feature. The tensor of a nullable feature may be omitted."""
    if schema.ignores_extra:
        inputs = [tensor for tensor in inputs if schema.names.find(tensor.name) is not None]
    tensors = _index_by_name(inputs, schema)
    count = inputs[0].shape[0] if inputs[0].shape else 0
    for tensor in inputs:
        if tensor.shape not in {(count,), (count, 1)} or not count:
            raise input_error(
                f"Input {quote(tensor.name)} must have the shape [rows, 1] or [rows], with at "
                "least one row and the same number of rows as all inputs; "
                f"found {format_shape(tensor.shape)}."
            )
    _check_rows(count, schema)
    columns = {
        feature.name: _read_column(tensors[feature.name], feature, strings)
        for feature, strings in zip(schema.features, schema.strings, strict=True)
        if feature.name in tensors
    }
    # Only now: until the data is read, a client may claim any number of rows.
    missing = np.full(count, np.nan)
    return np.column_stack([columns.get(feature.name, missing) for feature in schema.features])


def _check_rows(found: int, schema: InputSchema) -> None:
    if found > schema.max_rows:
        raise input_error(
            f"A request must have at most {schema.max_rows} rows; found {found}. Send fewer rows "
            "in one request, or raise PREDICTOR_MAX_ROWS."
        )


def _index_by_name(inputs: Sequence[InputTensor], schema: InputSchema) -> dict[str, InputTensor]:
    features = schema.features
    places = [(tensor, schema.names.find(tensor.name)) for tensor in inputs]
    tensors = {features[place].name: tensor for tensor, place in places if place is not None}
    unknown = [tensor.name for tensor, place in places if place is None]
    names = {feature.name: quote(feature.name) for feature in features}
    required = [feature.name for feature in features if not feature.nullable]
    lacking = [names[name] for name in required if name not in tensors]
    known = join_some([*names.values()])
    if unknown:
        raise input_error(
            f"The model takes no input {quote(unknown[0])}; it takes {known}."
            f"{suggest_name(unknown[0], names)}"
        )
    if lacking or not inputs:
        found = f"lacks {join_some(lacking)}" if lacking else "has none"
        raise input_error(f"The model takes the inputs {known}; the request {found}.")
    if len(tensors) < len(inputs):
        raise input_error("Each input must appear once; one of them appears twice.")
    return tensors


def _read_column(tensor: InputTensor, feature: Feature, strings: Mapping[Any, float]) -> _Column:
    if feature.type == "category":
        column = _read_category(tensor, strings)
    else:
        column = (_read_number if feature.type == "number" else _read_boolean)(tensor, feature)
    if not feature.nullable and (is_missing := np.isnan(column)).any():
        raise input_error(
            f"{feature.name}[{int(is_missing.argmax())}] is missing, but this feature was never "
            "missing in the data that the model was trained on."
        )
    return column


def _read_number(tensor: InputTensor, feature: Feature) -> _Column:
    return read_numbers(tensor, [feature])[:, 0]


def _read_boolean(tensor: InputTensor, feature: Feature) -> _Column:
    count = tensor.shape[0]
    if tensor.datatype != "BOOL" and feature.nullable:
        column = _read_number(tensor, feature)  # BOOL has no missing values in binary data
    elif tensor.datatype != "BOOL":
        raise _wrong_datatype(tensor, "BOOL")
    elif isinstance(tensor.data, memoryview):
        if len(tensor.data) != count:
            raise input_error(
                f"Input {quote(tensor.name)} of type BOOL and shape {format_shape(tensor.shape)} "
                f"needs {count} bytes; found binary_data_size {len(tensor.data)}."
            )
        column = np.frombuffer(tensor.data, np.uint8).astype(np.float64)
    else:
        column = read_json(tensor.name, tensor.data, (count, 1), BOOLEANS)[:, 0]
    is_wrong = ~((column == 0) | (column == 1) | np.isnan(column))
    if is_wrong.any():
        row = int(is_wrong.argmax())
        raise input_error(f"{feature.name}[{row}] must be 0 or 1; found {column[row]:g}.")
    return column


def _read_category(tensor: InputTensor, strings: Mapping[Any, float]) -> _Column:
    if tensor.datatype != "BYTES":
        raise _wrong_datatype(tensor, "BYTES")
    return np.array([strings[value] for value in read_strings(tensor)], dtype=np.float64)


def read_strings(tensor: InputTensor) -> Sequence[str | None]:
    """Read a tensor of strings, shape [rows] or [rows, 1]. Raises InputError."""
    count = tensor.shape[0]
    if isinstance(tensor.data, memoryview):
        return read_binary_strings(tensor.name, tensor.data, count)
    values: list[str | None] = read_json(tensor.name, tensor.data, (count, 1), STRINGS)[
        :, 0
    ].tolist()
    return values


def _wrong_datatype(tensor: InputTensor, expected: str) -> InputError:
    return input_error(
        f"Input {quote(tensor.name)} must be {expected}; found {quote(tensor.datatype)}."
    )
