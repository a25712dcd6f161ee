"""The body of an infer request: JSON, and behind it the binary data of some inputs.

Unknown keys and parameters are ignored, as the protocol requires: clients add their own hints.
"""

import re
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import msgspec

from predictor.open_inference.long_json import find_placeholder, take_data
from shared.errors import InputError
from shared.text import quote

JSON_LENGTH_HEADER = "inference-header-content-length"
"""The HTTP header with the size of the JSON in bytes, when binary data follows it."""

NULL = msgspec.Raw(b"null")
"""Placeholder for parameters that are rejected if present; their value is not parsed."""

_MAX_DIGITS = 19
_MAX_DIMENSIONS = 64
"""Numbers of a shape that are kept. No tensor has more than two, and no message shows more."""
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""JSON's integers have no limit, and Python refuses to print very long ones."""

Data: TypeAlias = msgspec.Raw | memoryview
"""An input's elements: JSON that is not parsed yet, or binary data."""


class InputParameters(msgspec.Struct):
    """The supported parameters of an input."""

    binary_data_size: _Count | None = None
    shared_memory_region: msgspec.Raw = NULL


class TensorBody(msgspec.Struct):
    """One input; its data is not parsed yet."""

    name: str
    shape: list[_Count]
    datatype: str
    parameters: InputParameters | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class OutputParameters(msgspec.Struct):
    """The supported parameters of a requested output."""

    binary_data: bool | None = None
    classification: msgspec.Raw = NULL
    shared_memory_region: msgspec.Raw = NULL


class OutputBody(msgspec.Struct):
    """One requested output."""

    name: str
    parameters: OutputParameters | None = None


class RequestParameters(msgspec.Struct):
    """The supported parameters of the whole request."""

    binary_data_output: bool | None = None


class InferBody(msgspec.Struct):
    """The JSON of an infer request."""

    inputs: list[TensorBody]
    outputs: list[OutputBody] | None = None
    id: str | None = None
    parameters: RequestParameters | None = None


_BODY = msgspec.json.Decoder(InferBody)
_BYTE = re.compile(r" \(byte \d+\)")


@dataclass(frozen=True, eq=False)
class InputTensor:
    """One input with its data. Shape and data are not compared yet."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: Data


@dataclass(frozen=True)
class InferRequest:
    """An infer request."""

    id: str | None
    inputs: tuple[InputTensor, ...]
    outputs: dict[str, bool | None]
    """The requested outputs, and whether each is to be binary. None: see `binary_outputs`.
    Empty: all outputs."""
    binary_outputs: bool
    """Whether outputs without a parameter of their own are binary."""


def input_error(message: str) -> InputError:
    """Make the error for a request that violates the protocol or does not fit the model."""
    return InputError("invalid_request", message)


def read_request(body: bytes, json_length: str | None) -> InferRequest:
    """Read *body*; *json_length* is the value of the header JSON_LENGTH_HEADER.

    Raises InputError if *body* is not a request of the protocol.
    """
    text, binary = _split_body(body, json_length)
    content = decode_json(text)
    parameters = content.parameters or RequestParameters()
    return InferRequest(
        id=content.id,
        inputs=_read_inputs(content.inputs, binary),
        outputs=_read_outputs(content.outputs or []),
        binary_outputs=parameters.binary_data_output or False,
    )


def _split_body(body: bytes, json_length: str | None) -> tuple[bytes, memoryview]:
    """Split *body* into its JSON and the binary data behind it."""
    if json_length is None:
        return body, memoryview(b"")
    is_number = json_length.isascii() and json_length.isdecimal()
    is_number &= len(json_length) <= _MAX_DIGITS
    if not is_number or not 0 < int(json_length) <= len(body):
        raise input_error(
            "Inference-Header-Content-Length must be the size of the JSON in bytes, "
            f"from 1 to {len(body)} (the whole body); found {quote(json_length)}."
        )
    return body[: int(json_length)], memoryview(body)[int(json_length) :]


def decode_json(text: bytes) -> InferBody:
    """Decode the JSON of a request. Raises InputError; in a short text, it names the byte."""
    rest, lists = take_data(text)
    try:
        content = _BODY.decode(rest)
    except msgspec.ValidationError as error:
        raise input_error(f"The body is not an infer request: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Without its lists, the bytes of a long text are at other places.
        said = _BYTE.sub("", str(error)) if lists else error
        raise input_error(
            f"The body is not JSON: {said}. If binary data follows the JSON, the header "
            "Inference-Header-Content-Length must give the size of the JSON."
        ) from None
    except RecursionError:
        raise input_error("The body is nested too deeply.") from None
    for tensor in content.inputs if lists else ():
        index = None if tensor.data is msgspec.UNSET else find_placeholder(bytes(tensor.data))
        if index is not None:
            tensor.data = msgspec.Raw(lists[index])
    return content


def _read_inputs(tensors: list[TensorBody], binary: memoryview) -> tuple[InputTensor, ...]:
    """Give each input its data. Binary data is in the order of the inputs."""
    inputs, start = [], 0
    for tensor in tensors:
        parameters = tensor.parameters or InputParameters()
        if parameters.shared_memory_region != NULL:
            raise input_error(
                f"Input {quote(tensor.name)}: shared memory is not supported; "
                "send the data in the request."
            )
        size = parameters.binary_data_size
        if (size is None) == isinstance(tensor.data, msgspec.UnsetType):
            raise input_error(
                f"Input {quote(tensor.name)} must have either data or the parameter "
                f"binary_data_size; found {'neither' if size is None else 'both'}."
            )
        data: Data
        if size is None:
            data = tensor.data  # type: ignore[assignment]  # the check above excludes UNSET
        else:
            if size > len(binary) - start:
                raise input_error(
                    f"Input {quote(tensor.name)} has binary_data_size {size}, but only "
                    f"{len(binary) - start} bytes are left behind the JSON."
                )
            data = binary[start : start + size]
            start += size
        shape = tuple(tensor.shape[:_MAX_DIMENSIONS])
        inputs.append(InputTensor(tensor.name, tensor.datatype, shape, data))
    if start != len(binary):
        raise input_error(
            f"{len(binary)} bytes follow the JSON, but the binary_data_size of all inputs "
            f"add up to {start}."
        )
    return tuple(inputs)


def _read_outputs(outputs: list[OutputBody]) -> dict[str, bool | None]:
    requested: dict[str, bool | None] = {}
    for output in outputs:
        parameters = output.parameters or OutputParameters()
        for extension in ("classification", "shared_memory_region"):
            if getattr(parameters, extension) != NULL:
                raise input_error(
                    f"Output {quote(output.name)}: the parameter {extension} is not supported; "
                    "the only supported extension is binary_tensor_data."
                )
        if output.name in requested:
            raise input_error(f"Output {quote(output.name)} is requested twice.")
        requested[output.name] = parameters.binary_data
    return requested
