"""Messages between the publisher and its child process: arrays and one JSON object, no pickles."""

import io
import json
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

_LENGTH = struct.Struct("<Q")
_FIELDS = "fields"


def write_message(
    stream: IO[bytes], fields: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]
) -> None:
    """Write a message; the names of *arrays* are not `fields`."""
    buffer = io.BytesIO()
    encoded = np.frombuffer(json.dumps(fields).encode(), dtype=np.uint8)
    np.savez(buffer, allow_pickle=False, **{**arrays, _FIELDS: encoded})
    content = buffer.getbuffer()
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Read a message. Raises EOFError if the other process has ended."""
    (size,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
    with np.load(io.BytesIO(_read(stream, size)), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    fields: dict[str, Any] = json.loads(arrays.pop(_FIELDS).tobytes())
    return fields, arrays


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
