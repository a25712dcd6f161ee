"""One strict parser for documents that another process wrote."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract import strict_json
from shared.errors import DocumentError

REFUSED = {
    "empty": b"",
    "cut short": b'{"a": 1',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": Infinity}',
    "negative infinity": b'{"a": -Infinity}',
    "a number out of range": b'{"a": 1e999}',
    "duplicate keys": b'{"a": 1, "a": 2}',
    "duplicate keys deep inside": b'{"a": [{"b": 1, "b": 1}]}',
    "bad UTF-8": b'{"a": "\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "lone surrogate": b'{"a": "\\ud800"}',
    "deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "an integer of 5,000 digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "two documents": b"{} {}",
}


@pytest.mark.parametrize("name", REFUSED)
def test_json_that_is_not_strict_raises_document_error_with_the_source(name: str) -> None:
    with pytest.raises(DocumentError, match="the document is not strict JSON"):
        strict_json.decode(REFUSED[name], "the document")


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)


@given(documents)
def test_encoding_is_canonical(document: object) -> None:
    data = strict_json.encode(document)
    assert strict_json.decode(data, "it") == document
    assert strict_json.encode(strict_json.decode(data, "it")) == data
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    assert data == text.encode() + b"\n"


def test_a_line_holds_no_line_break() -> None:
    line = strict_json.encode_line({"message": "two\nlines"})
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"message": "two\nlines"}


def test_nan_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        strict_json.encode({"score": float("nan")})
