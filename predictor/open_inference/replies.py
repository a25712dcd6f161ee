"""Replies of the protocol: JSON with the served version in a header, or an error message."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from predictor.codec.reply import JSON_HEADERS, Reply
from predictor.lifecycle.served_model import ServedModel


def ok_reply(served: ServedModel | None, content: object) -> Reply:
    """Make a reply of status 200 with *content* as JSON and the version of *served*."""
    headers = JSON_HEADERS if served is None else served.headers
    return Reply(200, headers, msgspec.json.encode(content))


def protocol_error(
    status: int, message: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Reply:
    """Make a reply with the protocol's error body."""
    return Reply(status, {**JSON_HEADERS, **headers}, msgspec.json.encode({"error": message}))


def convert_error(reply: Reply) -> Reply:
    """Convert an error of `predictor.codec.reply` to the protocol's body; keep its headers."""
    message = msgspec.json.decode(reply.body)["error"]["message"]
    return protocol_error(reply.status, message, reply.headers)
