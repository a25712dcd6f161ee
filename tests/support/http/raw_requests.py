"""Requests as bytes, and readers of their responses."""

import json

from tests.support.http.raw_client import Answer, request

BODY = b'{"features": [1, 2]}'
ONE = request(BODY)
LIVE = request(b"", "GET", "/livez")
WRONG = request(b'{"features": [1]}')


def statuses(answers: list[Answer]) -> list[int]:
    return [found.status for found in answers]


def error_of(found: Answer) -> str:
    """Return the code of an error body."""
    error = json.loads(found.body)["error"]
    assert error.keys() == {"code", "message", "field"}
    code: str = error["code"]
    return code
