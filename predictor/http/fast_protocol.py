"""The fast path: a plain `POST /predict` is answered in the HTTP protocol itself, without ASGI.

Everything else goes on to the application, whose route stands on the same batcher. Where the
two meet on one connection, answers keep the order of their requests: a plain request behind
one that the application still answers goes to the application too, and one for the application
waits until the plain ones before it are answered.

ASGI around a prediction costs three times the prediction: `docs/performance.md`.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from predictor.codec.reply import Reply
from predictor.http.fast_path_requests import HEAD_END, PlainHeads, find_plain_body_length
from predictor.prediction.micro_batcher import MicroBatcher
from shared.http.limits_protocol import LimitsProtocol

BATCHER = "batcher"
"""The key in the lifespan's state under which the application hands in its Gatherer."""
HEADS = "heads"
"""And its KnownHeads."""
MAX_UNANSWERED = 64
"""Plain requests that one connection may have waiting before it is read on."""


class FastProtocol(LimitsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._batcher: MicroBatcher = self.app_state[BATCHER]
        self._heads: PlainHeads = self.app_state[HEADS]
        self._body: list[bytes] | None = None
        """The pieces of a plain request's body; None while the parser reads anything else.

        It tells who owns the request; `_in_body` tells where the parser stands, whoever does."""
        self._head = b""
        """What the piece that is parsed begins with, where that is a whole head."""
        self._unanswered = 0
        self._held: tuple[RequestResponseCycle, Any] | None = None
        """A request for the application that waits for the answers before its own."""
        self._is_lost = False
        self._own_headers: list[tuple[bytes, bytes]] = []
        self._own_lines = b""

    # Receiving.

    def data_received(self, data: bytes) -> None:
        """Take the plain requests that are known; parse what follows them."""
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
        """Decide who answers."""
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
        """A piece of the body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._parser_reported = True
            self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        # Whatever comes after it in this piece does not begin the piece.
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

    # Answering.

    def deliver(self, reply: Reply) -> None:
        """Write the answer to the oldest plain request."""
        self._unanswered -= 1
        if self._is_lost:
            return
        self._phase_since = self._deadlines.tick
        if self._own_headers is not self.server_state.default_headers:
            self._encode_own_headers()
        own, body = self._own_lines, reply.body
        if self._is_closing and not self._unanswered and self._held is None:
            own += b"connection: close\r\n"
        lines = (reply.encoded_head or reply.head).lines
        self.transport.write(b"%b%bcontent-length: %d\r\n\r\n%b" % (lines, own, len(body), body))
        is_eventful = self._held or self._is_closing or self._is_refused or self.flow.read_paused
        if is_eventful and not self._unanswered:
            self._go_on()

    def _encode_own_headers(self) -> None:
        """The server makes its own headers anew once a second."""
        self._own_headers = self.server_state.default_headers
        self._own_lines = b"".join(b"%b: %b\r\n" % header for header in self._own_headers)

    def _go_on(self) -> None:
        """Every plain request is answered."""
        if self._held is not None:
            held, self._held = self._held, None
            super()._start_asgi_task(*held)
        elif self._is_closing:
            self.transport.close()
        if self._is_refused:
            self._refuse_when_answered()
        if self.flow.read_paused and not self.flow.write_paused:
            self.flow.resume_reading()

    # Meeting the application, and ends.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._unanswered:
            self._held = (cycle, app)
        else:
            super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there for the answers."""
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
