"""The first layer of a connection: uvicorn's HTTP/1.1 protocol with corrections.

A client gets a response even if it half-closes, asks for another protocol or sends trailers. The
same is true for a request at the moment when the server stops.

This module uses private names of uvicorn; a contract test detects their changes.
"""

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.timeouts_and_sizes import LAST_REQUEST_SECONDS

_VERSIONS = frozenset({"1.0", "1.1"})


class RefusedError(Exception):
    """Stop parsing a request that is invalid or that this server does not accept."""


class ShutdownProtocol(HttpToolsProtocol):
    """A connection. A subclass receives the data and passes it to `_parse`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = False
        self._in_body = False
        self._is_closing = False
        """The connection ends after the responses to its requests."""

    @property
    def is_connected(self) -> bool:
        """Whether the connection was made: with TLS, after the handshake."""
        return self.transport is not None

    # Callbacks of the transport.

    def _parse(self, data: bytes) -> None:
        """Parse *data*; raise HttpParserError, also for errors of callbacks."""
        while data:
            try:
                self.parser.feed_data(data)
                data = b""
            except httptools.HttpParserUpgrade as stopped:
                # The parser takes the next bytes for another protocol. Java's client asks for
                # HTTP/2 in its first request; a server declines by ignoring that.
                head = self._head_without_upgrade()
                self.parser = httptools.HttpRequestParser(self)
                data = head + data[stopped.args[0] :]

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio allows bool; uvicorn returns None
        """Answer all requests before the connection closes, if the client sends no more."""
        self.close_after_answers()
        return self._stays_open()

    def _stays_open(self) -> bool:
        """Say whether a half-closed connection stays open. With TLS, none can."""
        return self.scheme != "https" and self._is_answering()

    # Callbacks of the parser.

    def on_message_begin(self) -> None:
        """Start the headers of a request."""
        super().on_message_begin()
        self._begin_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Accept a header; ignore a trailer, which must not become a header."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the body."""
        if self.parser.get_method() == b"CONNECT":
            raise RefusedError  # the parser would report an upgrade again and again
        if self.parser.get_http_version() not in _VERSIONS:
            raise RefusedError  # the parser also accepts HTTP/0.9, which has no headers
        if self.parser.should_upgrade():
            return
        super().on_headers_complete()
        self._begin_body()
        if self._is_closing:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """End the request."""
        if self.parser.should_upgrade():  # it is parsed again without the upgrade
            return
        self._end_body()
        super().on_message_complete()

    def _begin_head(self) -> None:
        self._in_head = True

    def _begin_body(self) -> None:
        self._in_head = False
        self._in_body = True

    def _end_body(self) -> None:
        self._in_body = False

    # Shutdown.

    def shutdown(self) -> None:
        """Close the connection after the responses to all received requests.

        An idle connection stays open for LAST_REQUEST_SECONDS: the client may have sent a request
        before it could know of the shutdown.
        """
        self.close_after_answers()
        if not self._is_answering():
            self.loop.call_later(LAST_REQUEST_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        if not self._is_answering():
            self.transport.close()
            if self.scheme == "https":
                # An idle client does not read, so it would not answer the end of TLS in time.
                self.loop.call_later(LAST_REQUEST_SECONDS, self.transport.abort)

    def _is_answering(self) -> bool:
        """Say whether a request with complete headers is not yet answered."""
        return self._is_asgi_answering()

    def _is_asgi_answering(self) -> bool:
        """Say whether the application has not yet answered a request."""
        # uvicorn creates the cycle with the first request.
        is_complete = getattr(self.cycle, "response_complete", True)
        return not is_complete or bool(self.pipeline)

    def close_after_answers(self) -> None:
        """Close the connection after the response to its last request."""
        self._is_closing = True
        if self._is_asgi_answering():
            self.cycle.keep_alive = False

    def _head_without_upgrade(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        kept = [header for header in self.headers if header[0] != b"upgrade"]
        lines = [b"%b: %b\r\n" % header for header in kept]
        return b"%b %b HTTP/%b\r\n%b\r\n" % (method, self.url, version, b"".join(lines))
