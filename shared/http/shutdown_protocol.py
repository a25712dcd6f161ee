"""uvicorn's HTTP/1.1 protocol with the manners that it lacks.

A client that half-closes, asks for another protocol, sends trailers, or asks at the very moment
at which the server stops, is answered like any other.

It leans on names that uvicorn does not promise; a contract test holds them.
"""

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.limits import LAST_REQUEST_SECONDS

_VERSIONS = frozenset({"1.0", "1.1"})


class RefusedError(Exception):
    """Ends the parsing of what is no request, or none for this server."""


class ShutdownProtocol(HttpToolsProtocol):
    """One connection. A subclass receives its data, and hands it to `_parse`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = False
        self._in_body = False
        self._is_closing = False
        """The connection ends with the answers to what was asked on it."""

    # What the transport tells.

    def _parse(self, data: bytes) -> None:
        """Read *data*. Raises HttpParserError, also for what a callback raises."""
        while data:
            data = self._feed(data)

    def _feed(self, data: bytes) -> bytes:
        """Let the parser read *data*; returns what it has to read again."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            # The parser takes what follows for another protocol. Java's client asks for HTTP/2
            # with its first request; a server declines by answering as if it had not.
            head = self._head_without_upgrade()
            self.parser = httptools.HttpRequestParser(self)
            return head + data[stopped.args[0] :]
        return b""

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio's own type; uvicorn never keeps a connection
        """A client that has said all it will say still gets the answers it waits for."""
        self._close_after_answers()
        return self._is_answering()

    # What the parser tells.

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._begin_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header; a trailer is let pass, for it must not become one."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body begins."""
        if self.parser.get_method() == b"CONNECT":
            raise RefusedError  # a tunnel would be taken for an upgrade, again and again
        if self.parser.get_http_version() not in _VERSIONS:
            raise RefusedError  # the parser knows HTTP/0.9 too, which has no headers
        if self.parser.should_upgrade():
            return
        super().on_headers_complete()
        self._begin_body()
        if self._is_closing:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self.parser.should_upgrade():  # it will be read again, without that wish
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

    # Ends.

    def shutdown(self) -> None:
        """Stop, once everything that a client has sent is answered.

        An idle connection is kept for a moment: a request may be on its way that was sent
        before the client could know.
        """
        self._close_after_answers()
        if not self._is_answering():
            self.loop.call_later(LAST_REQUEST_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        if not self._is_answering():
            self.transport.close()

    def _is_answering(self) -> bool:
        """Whether a request whose headers are complete is not yet answered."""
        return self._is_asgi_answering()

    def _is_asgi_answering(self) -> bool:
        """Whether it is the application that has not."""
        is_complete = getattr(self.cycle, "response_complete", True)  # there is none at first
        return not is_complete or bool(self.pipeline)

    def _close_after_answers(self) -> None:
        """Close the connection as soon as every request on it is answered."""
        self._is_closing = True
        if self._is_asgi_answering():
            self.cycle.keep_alive = False

    def _head_without_upgrade(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        kept = [one for one in self.headers if one[0] != b"upgrade"]
        lines = [b"%b: %b\r\n" % header for header in kept]
        return b"%b %b HTTP/%b\r\n%b\r\n" % (method, self.url, version, b"".join(lines))
