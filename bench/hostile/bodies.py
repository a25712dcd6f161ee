"""The worst request bodies that are known: each one was slow, or large in memory, once.

Bodies are for the default data of 30 features. A body without another size in its title has
almost 16 MiB, the most that the predictor reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.load.payloads import encode_row, sample_rows

BYTES = (16 << 20) - 256
"""Bytes of a large body."""
FEATURES = 30
_LENGTH = "Inference-Header-Content-Length"


@dataclass(frozen=True)
class HostileBody:
    """One body, and the headers that it needs."""

    title: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def _repeated(start: bytes, part: bytes, end: bytes, size: int = BYTES) -> bytes:
    """Put *part* between *start* and *end* as often as *size* allows."""
    return start + part * ((size - len(start) - len(end)) // len(part)) + end


def _row() -> bytes:
    content: bytes = encode_row(sample_rows(1)[0])
    return content.partition(b":")[2].strip()[:-1].replace(b" ", b"")


def _named(name_of: Callable[[str], str] = str) -> bytes:
    from sklearn.datasets import load_breast_cancer  # noqa: PLC0415 - takes a second to import

    names = (str(name) for name in load_breast_cancer().feature_names)
    return b"{" + b",".join(f'"{name_of(name)}":1'.encode() for name in names) + b"}"


def _many(end: bytes, size: int = BYTES, row: bytes | None = None) -> bytes:
    """Make right rows, and *end* after them."""
    row = row or _row()
    return _repeated(b'{"instances":[', row + b",", end, size)


def _tensor(shape: str, data: str, datatype: str) -> bytes:
    return (
        f'{{"inputs":[{{"name":"features","shape":{shape},"datatype":"{datatype}"{data}}}]}}'
    ).encode()


def _binary(rows: int, datatype: str, data: bytes) -> HostileBody:
    size = f',"parameters":{{"binary_data_size":{len(data)}}}'
    text = _tensor(f"[{rows},{FEATURES}]", size, datatype)
    return HostileBody("", text + data, {_LENGTH: str(len(text))})


def predict_bodies() -> list[HostileBody]:
    """Return the bodies that are made for /predict."""
    row, ones = _row(), b"[" + b",".join([b"1"] * FEATURES) + b"]"
    escaped = _named(lambda name: f"\\u{ord(name[0]):04x}{name[1:]}")
    names = ",".join(f'"{number}":1' for number in range(1_300_000)).encode()[: BYTES - 100]
    made = {
        "an unknown key with lists": _repeated(b'{"x":[', b"[],", b"[]]}"),
        "one row of empty lists": _repeated(b'{"features":[', b"[],", b"[]]}"),
        "one row of objects": _repeated(b'{"features":[', b"{},", b"{}]}"),
        "one row of numbers": _repeated(b'{"features":[', b"1,", b"1]}"),
        "one row of strings": _repeated(b'{"features":[', b'"",', b'""]}'),
        "one row of unknown names": b'{"features":{' + names + b'"":1}}',
        "one long number": _repeated(b'{"features":[', b"1", b"]}"),
        "one long string of escapes": _repeated(b'{"features":["', b"\\u0061", b'"]}'),
        "one long string of emoji": _repeated(b'{"features":["', "\U0001f600".encode(), b'"]}'),
        "rows without values": _repeated(b'{"instances":[', b"[],", b"[]]}"),
        "numbers as rows": _repeated(b'{"instances":[', b"1,", b"1]}"),
        "a row of empty lists": _repeated(b'{"instances":[[', b"[],", b"[]]]}"),
        "rows of one number": _repeated(b'{"instances":[', b"[1],", b"[1]]}"),
        "rows of NaN": _many(b"1]}", row=b"[" + b",".join([b"NaN"] * FEATURES) + b"]"),
        "right rows, the last one wrong": _many(b"[1,2]]}"),
        "right rows, the last one broken": _many(b"[1,2"),
        "right rows, then an unknown key": _many(row + b'],"x":1}'),
        "right rows, then rows again": _many(row + b'],"instances":[]}'),
        "right rows, the last one with a name twice": _many(b'{"mean radius":1,"mean radius":1}]}'),
        "right rows (for comparison)": _many(row + b"]}"),
        "more short right rows than allowed": _many(ones + b"]}", row=ones),
        "right rows with escaped names": _many(escaped + b"]}", row=escaped),
        "255 short right rows and a wrong one, 16 KiB": _many(b"[1]]}", 255 * 62, ones),
        "256 short right rows, 16 KiB": _many(ones + b"]}", 256 * 62, ones),
        "rows without values, 32 KiB": _repeated(b'{"instances":[', b"[],", b"[]]}", 32 << 10),
        "one row of numbers, 32 KiB": _repeated(b'{"features":[', b"1,", b"1]}", 32 << 10),
        "one row of strings, 32 KiB": _repeated(b'{"features":[', b'"",', b'""]}', 32 << 10),
        "an unknown key with numbers, 32 KiB": _repeated(b'{"x":[', b"1,", b"1]}", 32 << 10),
        "blanks": _repeated(b"", b" ", b"1"),
        "blanks before the only row": _repeated(b'{"instances":[', b" ", row + b"]}"),
        "nested lists": _repeated(b"", b"[", b"]"),
        "nested objects": _repeated(b"", b'{"a":', b"1"),
        "a list instead of an object": _repeated(b"[", b"[],", b"[]]"),
        "ids before one row": _repeated(b'{"ids":[', b'"a",', b'"a"],"instances":[[1]]}'),
        "ids after one row": _repeated(b'{"instances":[' + row + b'],"ids":[', b'"a",', b'"a"]}'),
        "an id of lists": _repeated(b'{"id":[', b"[],", b"[]]}"),
        "right rows, then a byte that is not UTF-8": _many(row + b"]}\xff"),
    }
    return [HostileBody(title, body) for title, body in made.items()]


def infer_bodies() -> list[HostileBody]:
    """Return the bodies that are made for the inference protocol."""
    tiny = b'{"name":"","shape":[],"datatype":""},'
    start = b'{"inputs":[{"name":"features","datatype":"FP32","shape":'
    one = start + b'[1,30],"data":['
    many = start + b"[100000,30]"
    made = {
        "tiny tensors": _repeated(b'{"inputs":[', tiny, tiny[:-1] + b"]}"),
        "a shape of zeros": _repeated(start + b"[", b"0,", b'0],"data":[]}]}'),
        "more numbers than the shape has": _repeated(one, b"1,", b"1]}]}"),
        "more rows than the shape has": _repeated(one, b"[],", b"[]]}]}"),
        "nested data": _repeated(one, b"[", b"]}]}"),
        "empty rows": many + b',"data":[' + b"[]," * 99_999 + b"[]]}]}",
        "requested outputs": _repeated(
            b'{"inputs":[],"outputs":[', b'{"name":"a"},', b'{"name":"b"}]}'
        ),
        "unknown parameters": _repeated(b'{"inputs":[],"parameters":{"x":[', b"[],", b"[]]}}"),
    }
    rows = BYTES // FEATURES
    binary = {
        "a byte for each number": _binary(rows, "UINT8", bytes(rows * FEATURES)),
        "100,000 rows of bytes": _binary(100_000, "UINT8", bytes(100_000 * FEATURES)),
        "numbers, the last one infinite": _binary(
            69_000, "FP64", bytes((69_000 * FEATURES - 1) * 8) + b"\0\0\0\0\0\0\xf0\x7f"
        ),
    }
    return [
        *(HostileBody(title, body) for title, body in made.items()),
        *(HostileBody(title, each.body, each.headers) for title, each in binary.items()),
    ]
