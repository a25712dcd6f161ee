"""uvicorn's HTTP/1.1 protocol with what no application can add: limits before a request exists.

A client that sends headers without end, or slowly, or nothing, must not hold a connection for
ever; one that is refused is told why, in the error body of both services.

It leans on names that uvicorn does not promise; a contract test holds them.
"""

from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared import http_limits
from shared.connection_deadlines import ConnectionDeadlines
from shared.http_limits import Refusal

DEADLINES = "deadlines"
"""The key in the lifespan's state under which an application hands in its ConnectionDeadlines."""
ON_REFUSAL = "on_refusal"
"""And what is to be told of the status of each refusal, where anything is."""


class _RefusedError(Exception):
    """Ends the parsing of a request; what to answer stands in `_refusal`."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadlines: ConnectionDeadlines = self.app_state[DEADLINES]
        self._on_refusal: Callable[[int], object] = self.app_state.get(ON_REFUSAL, lambda _: None)
        self._since = self._deadlines.tick
        """When the connection began to wait for what it waits for, in ticks."""
        self._unsent = 0
        """Bytes that the client had still to take at the last tick."""
        self._in_head = False
        self._in_body = False
        self._head_bytes = 0
        """Bytes since the parser last told something that is limited elsewhere."""
        self._has_told = False
        self._refusal = http_limits.NO_HTTP
        self._is_closing = False
        """The connection ends with the answers to what was asked on it."""
        self._is_refused = False
        """Nothing more is read from the client; what it is told may have to wait."""
        self._is_lingering = False
        """It has been told, and is given time to read it."""

    # What the transport tells.

    def connection_made(self, transport: Any) -> None:
        """Take part in the deadlines."""
        super().connection_made(transport)
        self._deadlines.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, or was sent away."""
        self._deadlines.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; what cannot be parsed is refused, and nothing after it is read."""
        if self._is_refused:
            return
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        self._has_told = False
        rest = data
        try:
            while rest:
                rest = self._feed(rest)
        except httptools.HttpParserError:
            self._refuse(self._refusal)
            return
        if not self._has_told:
            # The parser keeps a part of a header, or of what stands around chunks.
            self._head_bytes += len(data)
            if self._head_bytes > http_limits.HEAD_BYTES:
                self._refuse(http_limits.HEAD_TOO_LARGE)

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
        if not self._in_head and not self._in_body:
            self._close_after_answers()
        elif not self._is_refused:
            self._refuse(http_limits.NO_HTTP)
        return self._is_answering()

    def pause_writing(self) -> None:
        """A client that does not take its answers is not read from."""
        super().pause_writing()
        self._since = self._deadlines.tick
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """It takes them again."""
        super().resume_writing()
        self._since = self._deadlines.tick
        self.flow.resume_reading()

    # What the parser tells.

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._begin_head()

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        super().on_url(url)
        self._count_head(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header; a trailer is let pass, for it must not become one."""
        if not self._in_body:
            super().on_header(name, value)
        self._count_head(name, value)

    def on_headers_complete(self) -> None:
        """The body begins."""
        if self.parser.get_method() == b"CONNECT":
            raise _RefusedError  # a tunnel would be taken for an upgrade, again and again
        if self.parser.should_upgrade():
            return
        super().on_headers_complete()
        self._begin_body()
        if self._is_closing:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._has_told = True
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self.parser.should_upgrade():  # it will be read again, without that wish
            return
        self._end_body()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The connection is idle, or turns to the next request."""
        self._since = self._deadlines.tick
        super().on_response_complete()
        self._unset_keepalive_if_required()  # `check` finds what is idle, on either path
        if self._is_refused:
            self._refuse_when_answered()

    # Deadlines and ends.

    def check(self, tick: int) -> None:
        """Give up a request that does not come, an idle connection, an answer not taken."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        if self._unsent < before:  # it takes a large answer slowly
            self._since = tick
        waited = tick - self._since
        if self.flow.write_paused or self._is_lingering or self.transport.is_closing():
            limit = http_limits.IDLE_SECONDS if self._unsent else http_limits.LINGER_SECONDS
            if waited > limit:
                self.transport.abort()
        elif self.flow.read_paused:
            self._since = tick  # what the client is kept from sending is not late
        elif self._in_head:
            if waited > http_limits.HEAD_SECONDS:
                self._refuse(http_limits.HEAD_TOO_SLOW)
        elif self._in_body:
            if waited > http_limits.BODY_SECONDS:
                self._refuse(http_limits.BODY_TOO_SLOW)
        elif waited > http_limits.IDLE_SECONDS and not self._is_answering():
            self.transport.close()

    def shutdown(self) -> None:
        """Stop, once everything that a client has sent is answered.

        An idle connection is kept for a moment: a request may be on its way that was sent
        before the client could know.
        """
        self._close_after_answers()
        if not self._is_answering():
            wait = 0.0 if self._is_lingering else http_limits.LAST_REQUEST_SECONDS
            self.loop.call_later(wait, self._close_idle)

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

    def _begin_head(self) -> None:
        self._has_told = True
        self._in_head = True
        self._head_bytes = 0
        self._since = self._deadlines.tick

    def _count_head(self, *pieces: bytes) -> None:
        self._has_told = True
        self._head_bytes += sum(map(len, pieces))
        if self._head_bytes > http_limits.HEAD_BYTES:
            self._refusal = http_limits.HEAD_TOO_LARGE
            raise _RefusedError

    def _begin_body(self) -> None:
        self._has_told = True
        self._in_head = False
        self._in_body = True
        self._since = self._deadlines.tick

    def _end_body(self) -> None:
        self._has_told = True
        self._in_body = False
        self._since = self._deadlines.tick

    def _refuse(self, refusal: Refusal) -> None:
        """Answer what is no request, and close; answers that are on their way come first."""
        self._is_refused = True
        self._since = self._deadlines.tick
        if self._in_body and not self._abandon_body():
            self.transport.close()
            return
        self._refusal = refusal
        self._refuse_when_answered()

    def _abandon_body(self) -> bool:
        """End what waits for a body that will not come; whether it has not answered yet."""
        if self.cycle.response_started:
            return False
        self.cycle.disconnected = True
        self.cycle.response_complete = True
        self.cycle.message_event.set()
        return True

    def _refuse_when_answered(self) -> None:
        if self._is_answering() or self.transport.is_closing():
            return
        self._is_lingering = True
        self.transport.write(self._refusal.encode(self.server_state.default_headers))
        self._on_refusal(self._refusal.status)
        # Closing at once would reset the connection under a client that still sends, and
        # take the answer from it: what it sends is dropped until it closes, or a deadline.
        self.transport.write_eof()
