"""Of a long request only its data is long: it is read in pieces, and a long rest is refused."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from predictor.codec.row_pieces import PIECE_BYTES
from predictor.open_inference import request as requests
from predictor.open_inference import tensor_data
from predictor.open_inference.long_json import REST_BYTES, take_data
from predictor.open_inference.request import decode_json
from predictor.open_inference.tensor_data import NUMBERS, STRINGS, ElementType, read_json
from shared.errors import InputError
from tests.support.sweep import sweep

TENSOR = '{"name":"a","shape":[1],"datatype":"BYTES"},'


def long_list(part: str) -> str:
    return "[" + part * (REST_BYTES // len(part)) + part.rstrip(",") + "]"


LONG_RESTS = {
    "inputs": '{"inputs":' + long_list(TENSOR) + "}",
    "outputs": '{"inputs":[],"outputs":' + long_list('{"name":"b"},') + "}",
    "a shape": '{"inputs":[{"name":"a","datatype":"FP32","shape":' + long_list("0,") + "}]}",
    "an unknown key": '{"x":' + long_list("[],") + "}",
    "an id": '{"inputs":[],"id":"' + "y" * REST_BYTES + '"}',
    "blanks": '{"inputs":[{"data"' + " " * REST_BYTES + ":[1]}]}",
    "between data": '{"inputs":[{"data":[1],' + " " * REST_BYTES + '"data":[1]}]}',
    "many lists": '{"inputs":[' + '{"data":[1]},' * (REST_BYTES // 13) + "{}]}",
}


@pytest.mark.parametrize("body", sweep(LONG_RESTS, "an unknown key", "many lists"))
def test_a_long_rest_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setattr(requests, "_BODY", None)
    with pytest.raises(InputError, match=f"at most {REST_BYTES} bytes besides the data"):
        decode_json(body.encode())


def tensor(data: Sequence[object]) -> dict[str, object]:
    return {"name": "a", "shape": [len(data), 1], "datatype": "BYTES", "data": data}


def test_the_data_of_a_long_request_is_what_the_client_sent() -> None:
    texts = ['{"data":[', "]]", "[[", '\\"data\\":[', '"', "\\", "é", *["{{{"] * 80_000]
    inputs = [tensor(texts), tensor([[text] for text in texts]), tensor([1, 2]), tensor([])]
    extra = {"data": [["x"]], 'y"data': [1], "data ": 2}
    body = json.dumps({"extra": extra, "inputs": inputs, "id": "z"}, ensure_ascii=False).encode()
    rest, lists = take_data(body)
    assert len(rest) < 2000
    assert len(lists) == 6
    found = decode_json(body)
    assert found.id == "z"
    assert [json.loads(bytes(each.data)) for each in found.inputs] == [  # type: ignore[arg-type]
        each["data"] for each in inputs
    ]


@pytest.mark.parametrize("rows", [["ж" * 60_000], [["a"] * 5000]])
def test_long_strings_and_long_rows_are_data(rows: list[object]) -> None:
    body = json.dumps({"inputs": [tensor([1] * REST_BYTES), {**tensor([]), "data": rows}]})
    found = decode_json(body.encode())
    assert json.loads(bytes(found.inputs[1].data)) == rows  # type: ignore[arg-type]


def test_a_fault_in_a_long_text_has_no_byte_of_another_text() -> None:
    body = json.dumps({"inputs": [tensor([1] * REST_BYTES)]})[:-1] + ",}"
    with pytest.raises(InputError, match="The body is not JSON: ") as refused:
        decode_json(body.encode())
    assert "(byte " not in str(refused.value)


@pytest.mark.parametrize("data", ["[[[1]]]", "[1", '["x]', "[" * 1000, "[[1,2]"])
def test_data_in_another_form_is_refused(data: str) -> None:
    body = '{"inputs":[{"data":' + long_list("1,") + '},{"data":' + data
    with pytest.raises(InputError, match="The data of an input must be a list, flat or by row"):
        decode_json(body.encode())


def test_no_client_can_name_the_data_of_another_place() -> None:
    for value in (0, "0", "x0", None):
        body = json.dumps({"inputs": [tensor([1] * REST_BYTES), {**tensor([]), "data": value}]})
        found = decode_json(body.encode())
        assert json.loads(bytes(found.inputs[1].data)) == value  # type: ignore[arg-type]


class Noted:
    """A decoder that notes the sizes of the texts that it decodes."""

    def __init__(self, decoder: msgspec.json.Decoder[Any]) -> None:
        self._decoder = decoder
        self.sizes: list[int] = []

    def decode(self, text: bytes) -> Any:
        self.sizes.append(len(text))
        return self._decoder.decode(text)


@pytest.mark.parametrize(
    ("elements", "value"),
    [(NUMBERS, "1.5"), (STRINGS, '"word"'), (STRINGS, '"a],["')],
    ids=["numbers", "strings", "strings with brackets"],
)
def test_rows_are_decoded_in_pieces(
    monkeypatch: pytest.MonkeyPatch, elements: ElementType, value: str
) -> None:
    noted = Noted(elements.rows)
    monkeypatch.setattr(elements, "rows", noted)
    rows = 50_000
    text = ("[" + f"[{value}],\n " * (rows - 1) + f"[{value}]]").encode()
    found = read_json("a", msgspec.Raw(text), (rows, 1), elements)
    assert found.shape == (rows, 1)
    assert (found == np.array(json.loads(value))).all()
    assert max(noted.sizes) < 3 * PIECE_BYTES
    encoded = value.encode()
    last = text.rindex(encoded)
    for wrong, says in (
        (text[:last] + b"true]]", rf"got `bool` - at `\$\[{rows - 1}\]\[0\]`"),
        (
            text[:-2] + b",%b]]" % encoded,
            rf"data\[{rows - 1}\] must hold 1 {elements.name}; found 2",
        ),
        (text[:-1] + b",[%b]]" % encoded, f"found {rows + 1}"),
        (text[:-1] + b",]", "malformed"),
    ):
        with pytest.raises(InputError, match=says):
            read_json("a", msgspec.Raw(wrong), (rows, 1), elements)


def test_millions_of_rows_of_strings_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Noted(STRINGS.rows)
    monkeypatch.setattr(tensor_data.STRINGS, "rows", noted)
    text = b"[" + b'[""],' * 1_000_000 + b'[""]]'
    with pytest.raises(InputError, match="data must hold 10 rows"):
        read_json("a", msgspec.Raw(text), (10, 1), STRINGS)
    assert sum(noted.sizes) < 2 * PIECE_BYTES
