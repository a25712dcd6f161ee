"""A change's body is small JSON: a hostile one is refused before it is decoded."""

import asyncio
import json

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from gatekeeper.api.http_bodies import ApprovalRequest, RollbackRequest
from gatekeeper.api.request_body import MAX_BODY_BYTES, MAX_SEPARATORS, read_body
from shared.contract import strict_json

LONGEST = 500
"""Characters of the longest line that a change may have."""


def as_request(body: bytes) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    return Request(scope, receive)


def read(body: bytes, kind: type = RollbackRequest) -> object:
    return asyncio.run(read_body(as_request(body), kind))


def fill(start: bytes, part: bytes, end: bytes) -> bytes:
    return start + part * ((MAX_BODY_BYTES - len(start) - len(end)) // len(part)) + end


def different_keys() -> bytes:
    keys = ",".join(f'"{number:04x}":1' for number in range(MAX_BODY_BYTES // 9 - 1))
    return f"{{{keys}}}".encode()


MANY_VALUES = {
    "numbers": fill(b'{"version":[', b"1e9,", b"1]}"),
    "lists": fill(b'{"version":[', b"[],", b"[]]}"),
    "objects": fill(b"[", b"{},", b"{}]"),
    "strings": fill(b'{"version":1,"reason":[', b'"",', b'""]}'),
    "unknown keys": different_keys(),
    "one key again and again": fill(b"{", b'"version":1,', b'"version":1}'),
    "open brackets": fill(b"", b"[", b"["),
    "a line that is too long": fill(b'{"version":1,"reason":"', b",", b'"}'),
}


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the bodies that are decoded."""
    bodies, decode = list[bytes](), strict_json.decode

    def note(data: bytes, source: str) -> object:
        bodies.append(data)
        return decode(data, source)

    monkeypatch.setattr(strict_json, "decode", note)
    return bodies


@pytest.mark.parametrize("name", MANY_VALUES)
def test_a_body_with_far_more_values_than_a_change_has_is_not_decoded(
    name: str, decoded: list[bytes]
) -> None:
    body = MANY_VALUES[name]
    assert len(body) <= MAX_BODY_BYTES
    with pytest.raises(HTTPException, match=f"at most {MAX_SEPARATORS} commas") as refusal:
        read(body)
    assert refusal.value.status_code == 422
    assert decoded == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[" + b"1," * (MAX_SEPARATORS - 1) + b"1]", "valid dictionary or object|an object"),
        (b'{"version":', "is not strict JSON"),
        (b'{"version":1,"version":1}', "the same key twice"),
        (b'{"version":"1"}', "valid integer"),
        (b'{"version":1,"more":1}', "not permitted"),
    ],
)
def test_other_wrong_bodies_are_decoded_and_named(
    body: bytes, message: str, decoded: list[bytes]
) -> None:
    with pytest.raises((HTTPException, RequestValidationError), match=message):
        read(body)
    assert decoded == [body]


@pytest.mark.parametrize("character", [",", "[", "{", '"', "\\", "\U0001f6b2"])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_the_longest_right_body_is_read_whatever_its_lines_contain(
    character: str, is_ascii: bool
) -> None:
    lines = {"reason": character * LONGEST, "by": character * LONGEST}
    body = json.dumps({"version": 7, **lines}, ensure_ascii=is_ascii).encode()
    assert read(body) == RollbackRequest(version=7, **lines)
    body = json.dumps(lines, ensure_ascii=is_ascii, indent=2).encode()
    assert read(body, ApprovalRequest) == ApprovalRequest(**lines)
