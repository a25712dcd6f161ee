"""Headers of every response that an application makes, and redirects that do not name the Host.

A response returns the valid traceparent of its request.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.tracing.traceparent import NAME, current_traceparent, find_traceparent

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""A page may run and fetch only files of this service."""
_DOCS_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' {scripts}; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""The policy of /docs: Swagger UI sets styles itself, and one script in the page starts it."""
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_POLICY = b"content-security-policy"
_Header = tuple[bytes, bytes]
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class SafeHeaders:
    """An ASGI application that adds each missing header of HEADERS to the responses of *app*."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []
        # It stays set for the handler of unexpected errors, which is outside of this application.
        current_traceparent.set(find_traceparent(scope["headers"]))

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _complete(message["headers"])
                if _is_bare_page(scope, message["headers"]):
                    held.append(message)  # its policy follows from its body
                    return
            elif held:
                start = held.pop()
                policy = _docs_policy(message.get("body", b""))
                kept = [each for each in start["headers"] if each[0] != _POLICY]
                start["headers"] = [*kept, (_POLICY, policy)]
                await send(start)
            await send(message)

        await self._app(scope, receive, send_safely)


def _complete(headers: Iterable[_Header]) -> list[_Header]:
    found = [_without_host(header) for header in headers]
    names = {name.lower() for name, _ in found}
    added = (*_ENCODED, *_trace_headers())
    return [*found, *(header for header in added if header[0] not in names)]


def _trace_headers() -> list[_Header]:
    traceparent = current_traceparent.get()
    return [] if traceparent is None else [(NAME, traceparent)]


def _without_host(header: _Header) -> _Header:
    """Return a Location without scheme and host, so that no client chooses where it leads."""
    name, value = header
    if name.lower() != b"location":
        return header
    parts = urlsplit(value.decode("latin-1"))
    path = "/" + parts.path.lstrip("/\\")
    query = f"?{parts.query}" if parts.query else ""
    return (name, f"{path}{query}".encode("latin-1"))


def _is_bare_page(scope: Scope, headers: Iterable[_Header]) -> bool:
    is_docs = scope["path"].startswith("/docs")
    return is_docs and any(n == b"content-type" and v.startswith(b"text/html") for n, v in headers)


def _docs_policy(page: bytes) -> bytes:
    digests = [hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(page)]
    scripts = " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in digests)
    return _DOCS_POLICY.format(scripts=scripts).encode()
