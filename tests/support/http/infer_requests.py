"""Correct and malformed bodies for `infer` of the Open Inference Protocol, for the toy model."""

import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.tensor_data import NUMBER_TYPES
from shared.contract.documents import Feature
from shared.store.store import ModelStore
from tests.support.models.mixed import written
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import promote

DATATYPES = {"number": "FP64", "boolean": "BOOL", "category": "BYTES"}
JSON_LENGTH = "inference-header-content-length"


class Asked(NamedTuple):
    """A request: its body, and the header with the length of its JSON."""

    body: bytes
    header: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.header is None else {JSON_LENGTH: self.header}


def in_json(
    rows: npt.NDArray[Any], datatype: str = "FP32", *, flat: bool = True, **more: Any
) -> Asked:
    """Encode rows as JSON. *more* adds top-level fields."""
    data = (rows.ravel() if flat else rows).tolist()
    return request_of({"shape": list(rows.shape), "datatype": datatype, "data": data}, **more)


def in_binary(rows: npt.NDArray[Any], datatype: str = "FP32", **more: Any) -> Asked:
    """Encode rows as binary data after the JSON, in the named datatype."""
    data = rows.astype(NUMBER_TYPES[datatype]).tobytes()
    parameters = {"binary_data_size": len(data)}
    tensor = {"shape": list(rows.shape), "datatype": datatype, "parameters": parameters}
    text = request_of(tensor, **more).body
    return Asked(text + data, str(len(text)))


def columns_in_json(rows: npt.NDArray[Any], features: Sequence[Feature], **more: Any) -> Asked:
    """Encode rows as one flat JSON input for each feature."""
    return request_of(
        *[
            {"name": feature.name, **_tensor(data, [len(rows)], DATATYPES[feature.type])}
            for feature, data in _columns(rows, features)
        ],
        **more,
    )


def columns_in_binary(rows: npt.NDArray[Any], features: Sequence[Feature], **more: Any) -> Asked:
    """Encode columns as binary data after the JSON. NaN and the empty string are missing values."""
    tensors, buffers = [], []
    for feature, values in _columns(rows, features):
        if feature.type == "category":
            texts = [(text or "").encode() for text in values]
            buffers.append(b"".join(struct.pack("<I", len(text)) + text for text in texts))
        else:
            kind = "<f8" if feature.type == "number" else "?"
            buffers.append(np.array(values, dtype=kind).tobytes())
        told = _bytes(len(buffers[-1]), [len(rows), 1], DATATYPES[feature.type])
        tensors.append({"name": feature.name, **told})
    return request_of(*tensors, binary=b"".join(buffers), **more)


def _columns(
    rows: npt.NDArray[Any], features: Sequence[Feature]
) -> list[tuple[Feature, list[Any]]]:
    return [
        (feature, [written(feature, number) for number in rows[:, place].tolist()])
        for place, feature in enumerate(features)
    ]


def request_of(*inputs: dict[str, Any], binary: bytes | None = None, **more: Any) -> Asked:
    """Build a request with *inputs*. The default name of an input is `features`."""
    named = [{"name": "features", **one} for one in inputs]
    text = json.dumps({"inputs": named, **more}).encode()
    return Asked(text) if binary is None else Asked(text + binary, str(len(text)))


def served_from(store: ModelStore, model: ToyModel) -> ServedModel:
    """Put a model in production and load it as a worker does."""
    registry = promote(store, model)
    loaded = ModelLoader(store.models, allow_joblib=False).load(model.digest)
    return ServedModel.create(loaded, registry, datetime.now(UTC))


def _tensor(data: Any, shape: Sequence[Any] = (1, 2), datatype: Any = "FP32") -> dict[str, Any]:
    return {"shape": list(shape), "datatype": datatype, "data": data}


def _bytes(size: Any, shape: Sequence[int] = (1, 2), datatype: str = "FP32") -> dict[str, Any]:
    return {"shape": shape, "datatype": datatype, "parameters": {"binary_data_size": size}}


RIGHT = request_of(_tensor([1, 2]))
_PADDED = RIGHT.body + bytes(8)

MISTAKES: dict[str, tuple[Asked, str]] = {
    "nothing": (Asked(b""), "not JSON"),
    "broken JSON": (Asked(RIGHT.body[:-1]), "not JSON"),
    "bad UTF-8": (Asked(b'{"id": "\xff", "inputs": []}'), "not JSON"),
    "a byte order mark": (Asked(b"\xef\xbb\xbf" + RIGHT.body), "not JSON"),
    "deep nesting": (
        Asked(b'{"inputs": ' + b"[" * 100_000),
        "nested too deeply|not JSON|not an infer",
    ),
    "deep nesting of data": (
        Asked(RIGHT.body.replace(b"[1, 2]}", b"[" * 9000 + b"]" * 9000 + b"}")),
        "nested too deeply|list of numbers",
    ),
    "a list": (Asked(b"[1, 2]"), "Expected `object`, got `array`"),
    "no inputs": (Asked(b"{}"), "missing required field `inputs`"),
    "an empty list of inputs": (
        request_of(),
        "called features, or one for each feature: .*; found none",
    ),
    "two inputs": (
        request_of(_tensor([1, 2]), {**_bytes(8), "name": "more"}, binary=bytes(8)),
        "found 'features', 'more'",
    ),
    "another name": (request_of({**_tensor([1, 2]), "name": "x\ny"}), r"found 'x\\ny'"),
    "no shape": (request_of({"datatype": "FP32", "data": [1, 2]}), "`shape`"),
    "an id that is a number": (request_of(_tensor([1, 2]), id=7), r"at `\$.id`"),
    "texts": (request_of(_tensor(["1", "2"], datatype="BYTES")), "one of FP16, .*; found 'BYTES'"),
    "booleans": (request_of(_tensor([True, True], datatype="BOOL")), "found 'BOOL'"),
    "one dimension": (request_of(_tensor([1, 2], [2])), r"shape \[rows, 2\].*; found \[2\]"),
    "three dimensions": (request_of(_tensor([1, 2], [1, 1, 2])), r"found \[1, 1, 2\]"),
    "no dimension": (request_of(_tensor([1, 2], [])), r"found \[\]"),
    "too few columns": (request_of(_tensor([1], [1, 1])), r"found \[1, 1\]"),
    "no rows": (request_of(_tensor([], [0, 2])), "at least one row"),
    "rows below zero": (request_of(_tensor([1, 2], [-1, 2])), r">= 0 - at .*shape\[0\]"),
    "a large shape": (request_of(_tensor([1, 2], [2**62, 2])), f"hold {2**63} .*; found 2"),
    **{
        f"a shape of {digits} digits": (
            Asked(RIGHT.body.replace(b"[1, 2]", b"[" + b"9" * digits + b", 2]", 1)),
            r"<= 9223372036854775807|out of range",
        )
        for digits in (19, 40, 4300, 5000)
    },
    "a shape of fractions": (request_of(_tensor([1, 2], [1.5, 2])), r"shape\[0\]"),
    "too few numbers": (request_of(_tensor([1, 2, 3], [2, 2])), "hold 4 numbers .*; found 3"),
    "too many numbers": (request_of(_tensor([1, 2, 3])), "hold 2 numbers .*; found 3"),
    "no numbers": (request_of(_tensor([])), "found 0"),
    "too few rows": (request_of(_tensor([[1, 2]], [2, 2])), "hold 2 rows .*; found 1"),
    "a short row": (request_of(_tensor([[1, 2], [1]], [2, 2])), r"data\[1\] .* 2 numbers; found 1"),
    "a number among rows": (request_of(_tensor([[1, 2], 3], [2, 2])), r"got `int` - at `\$\[1\]"),
    "a row among numbers": (request_of(_tensor([1, [2]])), r"got `array` - at `\$\[1\]"),
    "a text in a late row": (
        request_of(_tensor([[1, 2]] * 2000 + [[1, "2"]], [2001, 2])),
        r"got `str` - at `\$\[2000\]\[1\]",
    ),
    "a boolean": (request_of(_tensor([True, 2])), r"got `bool` - at `\$\[0\]"),
    "null": (request_of(_tensor(None)), "list of numbers.*got `null`"),
    "an object": (request_of(_tensor({})), "list of numbers.*got `object`"),
    "NaN": (request_of(_tensor([float("nan"), 2])), "not JSON"),
    "1e999": (Asked(RIGHT.body.replace(b"[1, 2]}", b"[1, 1e999]}")), "out of range"),
    "beyond float32": (
        request_of(_tensor([[0, 0], [0, -1e39]], [2, 2], "FP64")),
        r"features\[1\]\[1\] \(height\) must .* between -3.4028235e\+38 and .*; found -1e\+39",
    ),
    "beyond FP16": (request_of(_tensor([1, 70000], datatype="FP16")), "65504; found 70000"),
    "beyond INT8": (request_of(_tensor([1, 200], datatype="INT8")), "-128 and 127; found 200"),
    "below zero": (request_of(_tensor([-1, 2], datatype="UINT64")), "between 0 and"),
    "a fraction as INT32": (
        request_of(_tensor([1, 2.5], datatype="INT32")),
        r"\[0\]\[1\] \(height\) must be an integer of type INT32; found 2.5",
    ),
    "neither data nor bytes": (
        request_of({"shape": [1, 2], "datatype": "FP32"}),
        "either data or .* found neither",
    ),
    "data and bytes": (
        request_of({**_tensor([1, 2]), **_bytes(8)}, binary=bytes(8)),
        "either data or .* found both",
    ),
    "bytes without the header": (request_of(_bytes(8)), "size 8, but only 0 bytes are left"),
    "bytes behind the JSON without the header": (
        Asked(_PADDED),
        "not JSON: .* the header Inference-Header",
    ),
    "bytes that nobody names": (
        request_of(_tensor([1, 2]), binary=bytes(8)),
        "8 bytes follow the JSON, .* add up to 0",
    ),
    "more bytes than there are": (
        request_of(_bytes(9), binary=bytes(8)),
        "size 9, but only 8 bytes",
    ),
    "fewer bytes than there are": (
        request_of(_bytes(7), binary=bytes(8)),
        "8 bytes follow .* to 7",
    ),
    "bytes of another type": (
        request_of(_bytes(8, datatype="FP64"), binary=bytes(8)),
        r"type FP64 and shape \[1, 2\] needs 16 bytes; found binary_data_size 8",
    ),
    "a size below zero": (request_of(_bytes(-1), binary=bytes(8)), ">= 0 - at .*binary_data_size"),
    "a size that is true": (request_of(_bytes(True), binary=b"0"), "got `bool`"),
    "NaN in bytes": (
        request_of(_bytes(8), binary=np.array([0, np.nan], "<f4").tobytes()),
        r"features\[0\]\[1\] \(height\) .* found nan",
    ),
    "infinity in bytes": (
        request_of(_bytes(16, datatype="FP64"), binary=np.array([-np.inf, 0], "<f8").tobytes()),
        r"features\[0\]\[0\] \(width\) .* found -inf",
    ),
    **{
        f"the header {header[:9]!r}": (Asked(RIGHT.body, header), "from 1 to ")
        for header in ("", "x", "-1", "0", "1.0", "1_0", "٣", "9" * 5000, "99999")
    },
    "an output that is not there": (
        request_of(_tensor([1, 2]), outputs=[{"name": "\ud800"}]),
        "not JSON",
    ),
    "an output twice": (
        request_of(_tensor([1, 2]), outputs=[{"name": "label"}] * 2),
        "'label' is requested twice",
    ),
    "an output in no form": (
        request_of(_tensor([1, 2]), outputs=[{"name": "label", "parameters": {"binary_data": 1}}]),
        "binary_data",
    ),
}
"""Wrong requests, each with a pattern that its error message must match."""
