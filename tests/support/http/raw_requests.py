"""Requests as bytes, and what is asked of their answers."""

import json

from tests.support.http.raw_client import Answer, request

BODY = b'{"features": [1, 2]}'
ONE = request(BODY)
LIVE = request(b"", "GET", "/livez")
WRONG = request(b'{"features": [1]}')


def statuses(answers: list[Answer]) -> list[int]:
    return [found.status for found in answers]


def error_of(found: Answer) -> str:
    """The code in the one error body."""
    error = json.loads(found.body)["error"]
    assert error.keys() == {"code", "message", "field"}
    code: str = error["code"]
    return code
