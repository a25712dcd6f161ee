"""HTTP/1.1 with what no application can add: limits before a request exists.

A client that sends headers without end, or slowly, or nothing, must not hold a connection for
ever; one that is refused is told why, in the error body of both services.
"""

from collections.abc import Callable
from typing import Any

import httptools

from shared.http import limits
from shared.http.connection_deadlines import ConnectionDeadlines
from shared.http.limits import Refusal
from shared.http.shutdown_protocol import RefusedError, ShutdownProtocol

DEADLINES = "deadlines"
"""The key in the lifespan's state under which an application hands in its ConnectionDeadlines."""
ON_REFUSAL = "on_refusal"
"""And what is to be told of the status of each refusal, where anything is."""


class LimitsProtocol(ShutdownProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadlines: ConnectionDeadlines = self.app_state[DEADLINES]
        self._on_refusal: Callable[[int], object] = self.app_state.get(ON_REFUSAL, lambda _: None)
        self._since = 0.0
        """When that of which `check` measures the time began or last got on, in ticks: a head, a
        body, idleness, an answer being taken, or, once refused, the client's leave."""
        self._unsent = 0
        """Bytes that the client had still to take at the last tick."""
        self._head_bytes = 0
        """Bytes since the parser last told something that is limited elsewhere."""
        self._parser_reported = False
        self._refusal = limits.INVALID_HTTP
        self._is_refused = False
        """Nothing more is read from the client; what it is told may have to wait."""
        self._is_lingering = False
        """It has been told, and is given time to read it."""

    # What the transport tells.

    def connection_made(self, transport: Any) -> None:
        """Take part in the deadlines, and count as one of the connections there may be."""
        super().connection_made(transport)
        self._deadlines.admit(self)
        self._since = self._deadlines.tick

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, or was sent away."""
        self._deadlines.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; what cannot be parsed is refused, and nothing after it is read."""
        if self._is_refused:
            return
        self._parser_reported = False
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self._refuse(self._refusal)
            return
        if not self._parser_reported:
            # The parser keeps a part of a header, or of what stands around chunks.
            self._head_bytes += len(data)
            if self._head_bytes > limits.HEAD_BYTES:
                self._refuse(limits.HEAD_TOO_LARGE)

    def eof_received(self) -> bool:  # type: ignore[override]  # as in ShutdownProtocol
        """A client that has not said all of it is told so."""
        if self._is_refused:  # what that says is still to come, behind the answers before it
            return self._is_answering()
        if self._in_head or self._in_body:
            self._refuse(limits.INVALID_HTTP)
            return self._is_answering()
        return super().eof_received()

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

    def on_url(self, url: bytes) -> None:
        """A piece of the request target."""
        super().on_url(url)
        self._count_head(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header, or trailer."""
        super().on_header(name, value)
        self._count_head(name, value)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._parser_reported = True
        # Chunk extensions between pieces of data are thereby bounded by the body's time alone.
        self._head_bytes = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        """The connection is idle, or turns to the next request."""
        self._since = self._deadlines.tick
        super().on_response_complete()
        self._unset_keepalive_if_required()  # `check` finds what is idle, on either path
        if self._is_refused:
            self._refuse_when_answered()

    # Deadlines.

    def check(self, tick: float) -> None:
        """Give up a request that does not come, an idle connection, an answer not taken."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        if self._unsent < before:  # it takes a large answer slowly
            self._since = tick
        waited = tick - self._since
        if self.flow.write_paused or self._is_lingering or self.transport.is_closing():
            limit = limits.IDLE_SECONDS if self._unsent else limits.LINGER_SECONDS
            if waited > limit:
                self.transport.abort()
        elif self.flow.read_paused:
            self._since = tick  # what the client is kept from sending is not late
        elif self._in_head:
            if waited > limits.HEAD_SECONDS:
                self._refuse(limits.HEAD_TOO_SLOW)
        elif self._in_body:
            if waited > limits.BODY_SECONDS:
                self._refuse(limits.BODY_TOO_SLOW)
        elif waited > limits.IDLE_SECONDS and not self._is_answering():
            self.transport.close()

    # Making room.

    def waiting_since(self) -> float | None:
        """When the wait for a request, or for the rest of one, began; None while it is answered."""
        is_answering = not self._awaits_only_body() if self._in_body else self._is_answering()
        is_taking = self.transport.get_write_buffer_size() > 0
        return None if is_answering or is_taking else self._since

    def drop(self) -> None:
        """Give the descriptor back at once."""
        self.transport.abort()

    def _awaits_only_body(self) -> bool:
        """Whether nothing is being answered but the request whose body has not come whole."""
        return not (self.pipeline or self.cycle.response_started)

    def _begin_head(self) -> None:
        super()._begin_head()
        self._head_bytes = 0
        self._note()

    def _count_head(self, *pieces: bytes) -> None:
        self._parser_reported = True
        self._head_bytes += sum(map(len, pieces))
        if self._head_bytes > limits.HEAD_BYTES:
            self._refusal = limits.HEAD_TOO_LARGE
            raise RefusedError

    def _begin_body(self) -> None:
        super()._begin_body()
        self._note()

    def _end_body(self) -> None:
        super()._end_body()
        self._note()

    def _note(self) -> None:
        """What is waited for now begins now."""
        self._parser_reported = True
        self._since = self._deadlines.tick

    # Refusals.

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
        """End what waits for a body that will not come; False where its answer has begun.

        Then nothing is ended, and no refusal can be written after what was sent.
        """
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
