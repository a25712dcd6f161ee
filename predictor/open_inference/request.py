"""Bodies of infer requests: JSON, with the data of some inputs behind it in binary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from predictor.open_inference import wire
from predictor.open_inference.binary import split_body
from predictor.open_inference.input_errors import input_error, shown

Data: TypeAlias = msgspec.Raw | memoryview
"""An input's elements: JSON not read yet, or binary."""


@dataclass(frozen=True, eq=False)
class InputTensor:
    """One input as it came; nothing is said yet about whether its parts agree."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: Data


@dataclass(frozen=True)
class InferRequest:
    """What a client asks."""

    id: str | None
    inputs: tuple[InputTensor, ...]
    outputs: dict[str, bool | None]
    """For each output that is asked for, whether in binary, if that is said; empty: all."""
    binary_outputs: bool
    """Whether outputs are binary where nothing else is said for them."""

    def choose_outputs(self, names: Sequence[str]) -> dict[str, bool]:
        """The outputs to give, of the model's *names*, each with whether it goes in binary.

        Raises InputError for one that the model does not have.
        """
        for name in self.outputs:
            if name not in names:
                raise input_error(
                    f"The model has no output {shown(name)}; it has {' and '.join(names)}."
                )
        asked = self.outputs or dict.fromkeys(names)
        return {
            name: self.binary_outputs if binary is None else binary
            for name, binary in asked.items()
        }


def read_request(body: bytes, header: str | None) -> InferRequest:
    """Read *body*, whose JSON ends where the Inference-Header-Content-Length *header* says.

    Raises InputError for whatever is not a request of the protocol.
    """
    text, binary = split_body(body, header)
    content = wire.decode_body(text)
    parameters = content.parameters or wire.RequestParameters()
    return InferRequest(
        id=content.id,
        inputs=_inputs(content.inputs, binary),
        outputs=_outputs(content.outputs or []),
        binary_outputs=parameters.binary_data_output or False,
    )


def _inputs(given: list[wire.TensorBody], binary: memoryview) -> tuple[InputTensor, ...]:
    """The inputs, each with its data: binary data stands in the order of the inputs."""
    found, start = [], 0
    for one in given:
        parameters = one.parameters or wire.InputParameters()
        if parameters.shared_memory_region != wire.NULL:
            raise input_error(
                f"Input {shown(one.name)}: shared memory is not supported; send its data."
            )
        size = parameters.binary_data_size
        if (size is None) == isinstance(one.data, msgspec.UnsetType):
            raise input_error(
                f"Input {shown(one.name)} must have either data or the parameter "
                f"binary_data_size; found {'neither' if size is None else 'both'}."
            )
        data: Data
        if size is None:
            data = one.data  # type: ignore[assignment]  # not unset: seen above
        else:
            if size > len(binary) - start:
                raise input_error(
                    f"Input {shown(one.name)} has binary_data_size {size}, but "
                    f"{len(binary) - start} bytes are left behind the JSON."
                )
            data = binary[start : start + size]
            start += size
        found.append(InputTensor(one.name, one.datatype, tuple(one.shape), data))
    if start != len(binary):
        raise input_error(
            f"{len(binary)} bytes stand behind the JSON, but the inputs' binary_data_size add "
            f"up to {start}."
        )
    return tuple(found)


def _outputs(given: list[wire.OutputBody]) -> dict[str, bool | None]:
    found: dict[str, bool | None] = {}
    for one in given:
        parameters = one.parameters or wire.OutputParameters()
        for extension in ("classification", "shared_memory_region"):
            if getattr(parameters, extension) != wire.NULL:
                raise input_error(
                    f"Output {shown(one.name)}: the parameter {extension} is not supported; "
                    "of the extensions binary_tensor_data alone is."
                )
        if one.name in found:
            raise input_error(f"Output {shown(one.name)} is asked for twice.")
        found[one.name] = parameters.binary_data
    return found
