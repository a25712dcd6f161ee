"""Which operator sets a model in ONNX asks for, and which this onnxruntime has.

Reads the one field of the protobuf message that says so, because the `onnx` package is large and
the trainer's alone; and asks onnxruntime with models that do nothing, because it has no list.
"""

from bisect import bisect
from collections.abc import Iterator
from itertools import islice

import onnxruntime

STANDARD = "ai.onnx"
"""The operators of ONNX itself. Models give them this name, or none."""
NO_LIMIT = 255
"""What `newest_opset` answers for a set of operators that onnxruntime does not judge."""
_MAX_FIELDS = 10_000
_MAX_DOMAIN = 64
_OPSET_IMPORT, _DOMAIN, _VERSION = 8, 1, 2
"""Numbers of fields in the messages ModelProto and OperatorSetIdProto."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""What a field may be in protobuf."""
_MORE = 0x80
"""The bit of a byte which says that the number goes on."""


def read_opsets(model: bytes) -> dict[str, int]:
    """The version of each set of operators that *model* imports.

    The bytes may be anything: what is no model, or not whole, has none.
    """
    found: dict[str, int] = {}
    try:
        for number, value in islice(_fields(memoryview(model)), _MAX_FIELDS):
            if number == _OPSET_IMPORT and isinstance(value, memoryview):
                opset = dict(islice(_fields(value), _MAX_FIELDS))
                domain, version = opset.get(_DOMAIN, memoryview(b"")), opset.get(_VERSION, 0)
                if isinstance(domain, memoryview) and isinstance(version, int):
                    found[str(domain[:_MAX_DOMAIN], "utf-8") or STANDARD] = version
    except (IndexError, ValueError):
        return {}
    return found


def newest_opset(domain: str) -> int:
    """The newest version of the operators *domain* with which onnxruntime loads a model.

    It promises to load every older one too. Takes some milliseconds.
    """
    return bisect(range(1, NO_LIMIT + 1), 0, key=lambda version: not _is_loaded(domain, version))


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field; IndexError or ValueError where the message breaks off."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if kind == _BYTES:
            size, place = _varint(message, place)
        if size is None or size > len(message) - place:
            raise ValueError("this is no protobuf message")
        yield number, message[place : place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """The number at *place*, and the place behind it."""
    number = 0
    for shift in range(0, 70, 7):
        byte = message[place]
        place += 1
        number |= (byte & ~_MORE) << shift
        if byte < _MORE:
            return number, place
    raise ValueError("a number has at most ten bytes")


def _is_loaded(domain: str, version: int) -> bool:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(
            _smallest_model(domain, version), options, providers=["CPUExecutionProvider"]
        )
    except Exception:  # noqa: BLE001 - onnxruntime's errors share no base class
        return False
    return True


def _smallest_model(domain: str, version: int) -> bytes:
    """A model whose one output is its input, and that imports version 1 to 255 of *domain*."""
    number = bytes([version] if version < _MORE else [version | _MORE, version // _MORE])
    name = b"" if domain == STANDARD else domain.encode()
    imported = _field(_DOMAIN, name) + bytes([_VERSION << 3 | _VARINT]) + number
    standard = _field(_DOMAIN, b"") + bytes([_VERSION << 3 | _VARINT, 7])
    tensor = _field(1, b"a") + _field(2, _field(1, b"\x08\x01\x12\x00"))  # float32, no dimensions
    graph = _field(2, b"graph") + _field(11, tensor) + _field(12, tensor)
    imports = [imported] if not name else [standard, imported]
    ir_version = b"\x08\x03"
    return ir_version + _field(7, graph) + b"".join(_field(_OPSET_IMPORT, each) for each in imports)


def _field(number: int, content: bytes) -> bytes:
    """A field that holds at most 127 bytes."""
    return bytes([number << 3 | _BYTES, len(content)]) + content
