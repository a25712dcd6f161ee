"""The protocol's answers: JSON with the served version in a header, or one sentence on an error."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from predictor.codec.reply import JSON_HEADERS, Reply
from predictor.lifecycle.served_model import ServedModel


def ok_reply(served: ServedModel | None, content: object) -> Reply:
    """Status 200 with *content* as JSON; *served* is what it tells about."""
    headers = JSON_HEADERS if served is None else served.headers
    return Reply(200, headers, msgspec.json.encode(content))


def protocol_error(
    status: int, message: str, headers: Mapping[str, str] = MappingProxyType({})
) -> Reply:
    """Make the protocol's error body."""
    return Reply(status, {**JSON_HEADERS, **headers}, msgspec.json.encode({"error": message}))


def convert_reply(reply: Reply) -> Reply:
    """Say a refusal of `predictor.codec.reply` in the protocol's body; status and headers stay."""
    message = msgspec.json.decode(reply.body)["error"]["message"]
    return protocol_error(reply.status, message, reply.headers)
