"""Long flat tensors are read in parts, and refused parameters are not read."""

import json
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from predictor.codec.row_pieces import PIECE_BYTES
from predictor.open_inference import request as request_body
from predictor.open_inference import tensor_data
from shared.errors import InputError


def test_flat_numbers_are_read_a_few_thousand_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    class Noted:
        def decode(self, text: bytes) -> list[float]:
            sizes.append(len(text))
            return flat.decode(text)

    flat = tensor_data.NUMBERS.flat
    monkeypatch.setattr(tensor_data.NUMBERS, "flat", Noted())
    numbers = np.arange(100_000).reshape(-1, 2)
    text = json.dumps(numbers.ravel().tolist()).encode()

    def read(text: bytes, rows: int, columns: int) -> npt.NDArray[Any]:
        return tensor_data.read_json("x", msgspec.Raw(text), (rows, columns), tensor_data.NUMBERS)

    assert (read(text, 50_000, 2) == numbers).all()
    assert max(sizes) < 1.1 * PIECE_BYTES
    assert len(sizes) > 1
    with pytest.raises(InputError, match="found 100000"):
        read(text, 50_001, 2)
    wrong = text.replace(b" 99999]", b" true]")
    with pytest.raises(InputError, match=r"got `bool` - at `\$\[99999\]"):
        read(wrong, 50_000, 2)


@pytest.mark.parametrize("value", ["null", " null ", '[{"x": [1, 2]}]'])
def test_the_value_of_a_refused_parameter_is_not_parsed(value: str) -> None:
    given = f'{{"shared_memory_region": {value}}}'
    body = request_body.decode_json(
        b'{"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "parameters": %b}]}'
        % given.encode()
    )
    assert body.inputs[0].parameters
    region = body.inputs[0].parameters.shared_memory_region
    assert isinstance(region, msgspec.Raw)
    assert (region == request_body.NULL) is ("null" in value)
