"""The inputs of a request to rows."""

from collections.abc import Sequence

from predictor.open_inference.columns import read_columns
from predictor.open_inference.input_errors import input_error, shown
from predictor.open_inference.inputs import ONLY_INPUT, takes_one_tensor
from predictor.open_inference.number_tensor import read_numbers, short
from predictor.open_inference.request import InputTensor
from shared.contract.documents import Feature
from shared.inference.servable import AnyRows


def read_rows(inputs: Sequence[InputTensor], features: Sequence[Feature]) -> AnyRows:
    """The rows for a model of *features*, as `shared.inference.feature_encoding` holds them.

    Numbers are finite and within the range of float32. Those of the one tensor of a model that
    takes nothing else stay float32 if they are, so that a large request is not copied.
    Raises InputError that names what was expected, what was found and where.
    """
    if not takes_one_tensor(features):
        return read_columns(inputs, features)
    tensor = _the_input(inputs)
    shape = tensor.shape
    if len(shape) != 2 or shape[0] < 1 or shape[1] != len(features):  # noqa: PLR2004 - rows and columns
        raise input_error(
            f"Input {ONLY_INPUT} must have the shape [rows, {len(features)}] with at least one "
            f"row; found {short(shape)}."
        )
    return read_numbers(tensor, features)


def _the_input(inputs: Sequence[InputTensor]) -> InputTensor:
    if len(inputs) == 1 and inputs[0].name == ONLY_INPUT:
        return inputs[0]
    found = ", ".join(shown(tensor.name) for tensor in inputs[:5]) or "none"
    raise input_error(f"The model takes one input, called {ONLY_INPUT}; found {found}.")
