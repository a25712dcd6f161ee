"""The fast path: answer a plain `POST /predict` in the HTTP protocol itself, without ASGI.

All other requests go to the application, which uses the same MicroBatcher. Replies on one
connection keep the order of their requests. So a plain request goes to the application while
that is still answering. A request for the application waits for the plain ones before it.

ASGI around a prediction costs three times the prediction: see `docs/performance.md`.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from predictor.codec.reply import Reply
from predictor.http.fast_path_requests import HEAD_END, PlainHeads, find_plain_body_length
from predictor.prediction.micro_batcher import MicroBatcher
from shared.http.limits_protocol import LimitsProtocol

BATCHER = "batcher"
"""The key of the application's MicroBatcher in the lifespan's state."""
HEADS = "heads"
"""The key of its PlainHeads."""
MAX_UNANSWERED = 64
"""Plain requests of one connection that may be unanswered before reading pauses."""


class FastProtocol(LimitsProtocol):
    """One connection that answers plain requests itself."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._batcher: MicroBatcher = self.app_state[BATCHER]
        self._heads: PlainHeads = self.app_state[HEADS]
        self._body: list[bytes] | None = None
        """The pieces of a plain request's body; otherwise None.

        `_in_body` is also true in the body of a request for the application."""
        self._head = b""
        """The head at the start of the data that is being parsed, if it is complete."""
        self._unanswered = 0
        self._held: tuple[RequestResponseCycle, Any] | None = None
        """A request for the application that waits for the replies before it."""
        self._is_lost = False
        self._own_headers: list[tuple[bytes, bytes]] = []
        self._own_lines = b""

    # Receive requests.

    def data_received(self, data: bytes) -> None:
        """Take the plain requests with known heads; parse the rest."""
        is_within = self._in_head or self._in_body or self._is_refused
        if not (is_within or self._is_asgi_answering()):
            while data:
                body, data = self._heads.split(data)
                if body is None:
                    break
                self._submit(body)
            else:
                return
            self._head = data[: data.find(HEAD_END) + len(HEAD_END)]
        super().data_received(data)
        self._head = b""

    def on_headers_complete(self) -> None:
        """Decide whether this or the application answers."""
        length = None
        if not self._is_asgi_answering():
            version, method = self.parser.get_http_version(), self.parser.get_method()
            length = find_plain_body_length(method, self.url, version, self.headers)
        if length is None:
            super().on_headers_complete()
            return
        self._begin_body()
        self._body = []
        if self._head:
            self._heads.add(self._head, length)

    def on_body(self, body: bytes) -> None:
        """Keep a piece of a plain request's body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._parser_reported = True
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Submit a complete plain request."""
        # A later head in this piece of data is not at its start.
        self._head = b""
        if self._body is None:
            super().on_message_complete()
            return
        self._end_body()
        body, self._body = b"".join(self._body), None
        self._submit(body)

    def _submit(self, body: bytes) -> None:
        self._unanswered += 1
        if self._unanswered > MAX_UNANSWERED:
            self.flow.pause_reading()
        self._batcher.submit(body, self)

    # Send replies.

    def deliver(self, reply: Reply) -> None:
        """Write the reply to the oldest plain request."""
        self._unanswered -= 1
        if self._is_lost:
            return
        self._phase_since = self._connections.tick
        if self._own_headers is not self.server_state.default_headers:
            self._encode_own_headers()
        own, body = self._own_lines, reply.body
        if self._is_closing and not self._unanswered and self._held is None:
            own += b"connection: close\r\n"
        lines = (reply.encoded_head or reply.head).lines
        self.transport.write(b"%b%bcontent-length: %d\r\n\r\n%b" % (lines, own, len(body), body))
        is_eventful = self._held or self._is_closing or self._is_refused or self.flow.read_paused
        if is_eventful and not self._unanswered:
            self._continue()

    def _encode_own_headers(self) -> None:
        """Encode the server's own headers; uvicorn replaces them once a second."""
        self._own_headers = self.server_state.default_headers
        self._own_lines = b"".join(b"%b: %b\r\n" % header for header in self._own_headers)

    def _continue(self) -> None:
        """Continue after the last plain request is answered."""
        if self._held is not None:
            held, self._held = self._held, None
            super()._start_asgi_task(*held)
        elif self._is_closing:
            self.transport.close()
        if self._is_refused:
            self._refuse_when_answered()
        if self.flow.read_paused and not self.flow.write_paused:
            self.flow.resume_reading()

    # Take turns with the application, and close.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._unanswered:
            self._held = (cycle, app)
        else:
            super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop all replies, because the client is gone."""
        self._is_lost = True
        self._held = None
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return self._unanswered > 0 or self._body is not None or self._is_asgi_answering()

    def _awaits_only_body(self) -> bool:
        if self._unanswered:
            return False
        return super()._awaits_only_body() if self._body is None else not self._is_asgi_answering()

    def _abandon_body(self) -> bool:
        if self._body is None:
            return super()._abandon_body()
        self._body = None
        return True
