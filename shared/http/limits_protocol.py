"""The fourth layer of a connection: limits that apply before an application sees a request.

A client that sends endless headers, slow headers or nothing must not hold a connection for ever.
A refused client gets the reason in the error body of both services.
"""

from collections.abc import Callable
from typing import Any

import httptools

from shared.http import refusals
from shared.http.front.cross_origins import CROSS_ORIGINS, CrossOrigins
from shared.http.head_protocol import HeadProtocol
from shared.http.pipeline_flow import PipelineFlow
from shared.http.refusals import Refusal
from shared.http.shutdown_protocol import RefusedError
from shared.http.timeouts_and_sizes import (
    BODY_SECONDS,
    DROP_SECONDS,
    HEAD_PIECE_BYTES,
    HEAD_SECONDS,
    IDLE_SECONDS,
    LARGE_READ_BYTES,
    LINGER_SECONDS,
)
from shared.http.unread_responses import HELD_BYTES

ON_REFUSAL = "on_refusal"
"""The key of an optional function that is called with the status of each refusal."""


class LimitsProtocol(HeadProtocol):
    """A connection with timeouts and limits."""

    flow: PipelineFlow

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._on_refusal: Callable[[int], object] = self.app_state.get(ON_REFUSAL, lambda _: None)
        self._origins: CrossOrigins | None = self.app_state.get(CROSS_ORIGINS)
        self._phase_since = 0.0
        """Tick at which the current phase started or last made progress (see `check`)."""
        self._unsent = 0
        """Bytes that the client had not read at the last tick."""
        self._is_refused = False
        """Nothing more is read from the client; the refusal may wait for earlier responses."""
        self._is_lingering = False
        """The refusal is sent, and the client has time to read it."""

    # Callbacks of the transport.

    def connection_made(self, transport: Any) -> None:
        """Register as an open connection."""
        super().connection_made(transport)
        self.flow = PipelineFlow(self.flow, self.pipeline)
        self._connections.admit(self)
        self._phase_since = self._connections.tick

    def connection_lost(self, exc: Exception | None) -> None:
        """Unregister; the client or the server closed the connection."""
        self._connections.connections.discard(self)
        self._connections.unread.discard(self)
        self._running.pop(HELD_BYTES, None)  # so that no more pieces of a response are encoded
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse *data*; refuse what cannot be parsed, and read nothing after it."""
        if len(data) >= LARGE_READ_BYTES:
            self.flow.let_others_read(DROP_SECONDS if self._drops_data() else 0.0)
        at = 0
        while at < len(data) and not self._is_refused:
            end = len(data) if self._in_body else at + HEAD_PIECE_BYTES
            self._receive(data[at:end])
            at = end

    def _drops_data(self) -> bool:
        """Say whether the response is sent already, so that nobody needs the rest of the body."""
        return self._is_refused or (self._in_body and not self._is_answering())

    def _receive(self, data: bytes) -> None:
        self._parser_reported = False
        try:
            self._parse(data)
        except httptools.HttpParserError:
            if not self._is_refused:
                self._refuse(self._refusal)
            return
        if self._is_head_too_large(len(data)):
            self._refuse(refusals.HEAD_TOO_LARGE)

    def eof_received(self) -> bool:  # type: ignore[override]  # as in ShutdownProtocol
        """Refuse a request that the client did not finish."""
        if self._is_refused:  # the refusal follows the earlier responses
            return self._stays_open()
        if self._in_head or self._in_body:
            self._refuse(refusals.INVALID_HTTP)
            return self._stays_open()
        return super().eof_received()

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read its responses."""
        super().pause_writing()
        self._connections.unread.add(self)
        self._phase_since = self._connections.tick
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Read from the client again."""
        super().resume_writing()
        self._connections.unread.discard(self)
        self._phase_since = self._connections.tick
        self.flow.resume_reading()

    # Callbacks of the parser.

    def on_body(self, body: bytes) -> None:
        """Accept a piece of the body, unless the process holds too many bodies."""
        super().on_body(body)
        if self._is_refused:
            raise RefusedError

    def on_response_complete(self) -> None:
        """Start the next phase: idle, or the next request."""
        self._phase_since = self._connections.tick
        super().on_response_complete()
        self._unset_keepalive_if_required()  # `check` handles idle connections on both paths
        if self._is_refused:
            self._refuse_when_answered()

    # Timeouts.

    def check(self, tick: float) -> None:
        """Refuse a late request; close an idle connection or one whose client reads nothing."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        if self._unsent < before:  # the client reads a large response slowly
            self._phase_since = tick
        waited = tick - self._phase_since
        if self.flow.write_paused or self._is_lingering or self.transport.is_closing():
            limit = IDLE_SECONDS if self._unsent else LINGER_SECONDS
            if waited > limit:
                self.transport.abort()
        elif self.flow.read_paused:
            self._phase_since = tick  # the client cannot send, so it is not late
        elif self._in_head:
            if waited > HEAD_SECONDS:
                self._refuse(refusals.HEAD_TOO_SLOW)
        elif self._in_body:
            if waited > BODY_SECONDS:
                self._refuse(refusals.BODY_TOO_SLOW)
        elif waited > IDLE_SECONDS and not self._is_answering():
            self.transport.close()

    # Making room.

    def waiting_since(self) -> float | None:
        """Return the tick since which the client owes a request or its rest; None if it waits."""
        is_answering = not self._awaits_only_body() if self._in_body else self._is_answering()
        is_taking = self.transport.get_write_buffer_size() > 0
        return None if is_answering or is_taking else self._phase_since

    def unread_bytes(self) -> int:
        """Return the bytes of memory that unread responses need."""
        held: int = self._running.get(HELD_BYTES, 0)
        return self.transport.get_write_buffer_size() + held

    def unread_since(self) -> float:
        """Return the tick at which the client last read something."""
        return self._phase_since

    def drop(self) -> None:
        """Release the descriptor at once."""
        self.transport.abort()

    def _awaits_only_body(self) -> bool:
        """Say whether the only unanswered request is the one whose body is incomplete."""
        return not (self.pipeline or self.cycle.response_started)

    def _begin_head(self) -> None:
        super()._begin_head()
        self._start_phase()

    def _begin_body(self) -> None:
        super()._begin_body()
        self._start_phase()

    def _end_body(self) -> None:
        super()._end_body()
        self._start_phase()

    def _start_phase(self) -> None:
        """Start a new phase now."""
        self._parser_reported = True
        self._phase_since = self._connections.tick

    def _refuse_upload(self) -> None:
        self._refuse(refusals.TOO_MANY_UPLOADS)

    # Refusals.

    def _refuse(self, refusal: Refusal) -> None:
        """Send *refusal* after the earlier responses, and close the connection."""
        self._is_refused = True
        self._phase_since = self._connections.tick
        if self._in_body:
            self._release_upload()
        if self._in_body and not self._abandon_body():
            self.transport.close()
            return
        self._refusal = refusal
        self._refuse_when_answered()

    def _abandon_body(self) -> bool:
        """End a request whose body will not come; return False if its response has begun.

        After the first byte of a response, a refusal cannot be sent.
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
        allowed = self._origins.find(self.headers or ()) if self._origins else ()
        self.transport.write(self._refusal.encode([*self.server_state.default_headers, *allowed]))
        self._on_refusal(self._refusal.status)
        # Closing at once would reset the connection of a client that still sends, so it might not
        # get the response. Its data is dropped until it closes, or until a timeout.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:  # TLS has no half-closed connections, but its own last messages
            self.transport.close()
