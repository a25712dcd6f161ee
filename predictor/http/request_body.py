"""Read a request's body, with a limit that holds before memory is allocated."""

from starlette.types import Receive, Scope

from predictor.codec.reply import Reply, body_too_large_reply, unsupported_encoding_reply


class ClientGoneError(Exception):
    """The client disconnected before the end of its request."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | Reply:
    """Read the body, or return an error if it is compressed or larger than *limit* bytes.

    The received bytes are counted, so the limit also holds for chunked bodies.
    Raises ClientGoneError.
    """
    for name, value in scope["headers"]:
        if name == b"content-encoding" and value.strip().lower() not in {b"identity", b""}:
            return unsupported_encoding_reply(value.decode("latin-1"))
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            return body_too_large_reply(limit)
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            return body_too_large_reply(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)
