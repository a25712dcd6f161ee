"""The operator sets (opsets) that an ONNX model needs, and the newest that onnxruntime supports.

onnxruntime reports neither: docs/adr/0016 has the alternatives and their cost. So this module reads
one field of the model's protobuf message, and loads models that do nothing.
"""

from bisect import bisect
from itertools import islice

import onnxruntime

from shared.inference.onnx_reading.protobuf_fields import BYTES, MORE, VARINT, read_fields

STANDARD = "ai.onnx"
"""The domain of ONNX's own operators. In models it may also be empty."""
NO_LIMIT = 255
"""The result of `newest_opset` for a domain that onnxruntime does not check."""
_MAX_FIELDS = 10_000
_MAX_DOMAIN = 64
_OPSET_IMPORT, _DOMAIN, _VERSION = 8, 1, 2
"""The numbers of fields in the messages ModelProto and OperatorSetIdProto."""


def read_opsets(model: bytes) -> dict[str, int]:
    """Return the version of each domain of operators that *model* imports.

    The bytes are untrusted: the result is empty if they are not a whole model.
    """
    versions: dict[str, int] = {}
    try:
        for number, value in islice(read_fields(memoryview(model)), _MAX_FIELDS):
            if number == _OPSET_IMPORT and isinstance(value, memoryview):
                opset = dict(islice(read_fields(value), _MAX_FIELDS))
                domain, version = opset.get(_DOMAIN, memoryview(b"")), opset.get(_VERSION, 0)
                if isinstance(domain, memoryview) and isinstance(version, int):
                    versions[str(domain[:_MAX_DOMAIN], "utf-8") or STANDARD] = version
    except (IndexError, ValueError):
        return {}
    return versions


def newest_opset(domain: str) -> int:
    """Return the newest version of *domain* with which onnxruntime loads a model.

    onnxruntime also loads every older version. This takes about 7 ms.
    """
    return bisect(range(1, NO_LIMIT + 1), 0, key=lambda version: not _is_loaded(domain, version))


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
    """Return a model that returns its input and imports *version* (1 to 255) of *domain*."""
    number = bytes([version] if version < MORE else [version | MORE, version // MORE])
    name = b"" if domain == STANDARD else domain.encode()
    imported = _field(_DOMAIN, name) + bytes([_VERSION << 3 | VARINT]) + number
    standard = _field(_DOMAIN, b"") + bytes([_VERSION << 3 | VARINT, 7])
    tensor = _field(1, b"a") + _field(2, _field(1, b"\x08\x01\x12\x00"))  # float32, no dimensions
    graph = _field(2, b"graph") + _field(11, tensor) + _field(12, tensor)
    imports = [imported] if not name else [standard, imported]
    ir_version = b"\x08\x03"
    return ir_version + _field(7, graph) + b"".join(_field(_OPSET_IMPORT, each) for each in imports)


def _field(number: int, content: bytes) -> bytes:
    """Encode a field of at most 127 bytes."""
    return bytes([number << 3 | BYTES, len(content)]) + content
