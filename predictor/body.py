"""Reading a request's body with a limit, before anything is allocated for it."""

from fastapi import Request

from predictor.replies import Reply, body_too_large, encoding_unsupported


async def read_body(request: Request, limit: int) -> bytes | Reply:
    """The whole body, or the refusal to read it: compressed, or larger than *limit* bytes.

    What arrives is counted, so that a chunked body is held to the limit like any other.
    Raises ClientDisconnect when the client goes away before the end.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in {"identity", ""}:
        return encoding_unsupported(encoding)
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        return body_too_large(limit)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            return body_too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)
