"""The JSON of an infer request, as it stands on the wire.

Unknown keys and parameters are let pass, as the protocol has it: clients send hints of theirs.
"""

from typing import Annotated

import msgspec

from predictor.open_inference.input_errors import input_error

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""JSON's integers have no end, and Python refuses to print the longest."""

NULL = msgspec.Raw(b"null")
"""What is refused whatever it says is not read: only whether it is there is told."""


class InputParameters(msgspec.Struct):
    """What is said about an input, as far as it is understood here."""

    binary_data_size: _Count | None = None
    shared_memory_region: msgspec.Raw = NULL


class TensorBody(msgspec.Struct):
    """One input; its data is not read yet."""

    name: str
    shape: list[_Count]
    datatype: str
    parameters: InputParameters | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class OutputParameters(msgspec.Struct):
    """What is said about an output that is asked for, as far as it is understood here."""

    binary_data: bool | None = None
    classification: msgspec.Raw = NULL
    shared_memory_region: msgspec.Raw = NULL


class OutputBody(msgspec.Struct):
    """One output that is asked for."""

    name: str
    parameters: OutputParameters | None = None


class RequestParameters(msgspec.Struct):
    """What is said about the whole request, as far as it is understood here."""

    binary_data_output: bool | None = None


class InferBody(msgspec.Struct):
    """An infer request."""

    inputs: list[TensorBody]
    outputs: list[OutputBody] | None = None
    id: str | None = None
    parameters: RequestParameters | None = None


_BODY = msgspec.json.Decoder(InferBody)


def decode_body(text: bytes) -> InferBody:
    """Read *text*; raises InputError that says where it is not an infer request."""
    try:
        return _BODY.decode(text)
    except msgspec.ValidationError as error:
        raise input_error(f"The body is no infer request: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise input_error(
            f"The body is not JSON: {error}. Where binary data follows the JSON, the header "
            "Inference-Header-Content-Length must say where."
        ) from None
    except RecursionError:
        raise input_error("The body is nested too deeply.") from None
