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
from predictor.http.key_gate import KeyGate
from predictor.http.traced_request import AllowedTarget, TracedTarget
from predictor.lifecycle.event_loop_budget import may_exceed_json_rows
from predictor.metrics.shared_area import Numbers
from predictor.prediction.micro_batcher import MicroBatcher, ReplyTarget
from predictor.prediction.prediction_spans import PredictionSpans
from shared.http.limits_protocol import LimitsProtocol
from shared.http.shutdown_protocol import RefusedError
from shared.http.upload_budget import release_upload
from shared.tracing.traceparent import TracedBody, find_traceparent

BATCHER = "batcher"
"""The key of the application's MicroBatcher in the lifespan's state."""
HEADS = "heads"
"""The key of its PlainHeads."""
KEY_GATE = "key_gate"
"""The key of its KeyGate; None if requests need no key."""
SPANS = "spans"
"""The key of its PredictionSpans; None if this process sends none."""
MAX_UNANSWERED = 64
"""Plain requests of one connection that may be unanswered before reading pauses."""


class FastProtocol(LimitsProtocol):
    """One connection that answers plain requests itself."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._batcher: MicroBatcher = self.app_state[BATCHER]
        self._heads: PlainHeads = self.app_state[HEADS]
        self._gate: KeyGate | None = self.app_state.get(KEY_GATE)
        self._spans: PredictionSpans | None = self.app_state.get(SPANS)
        self._client: Numbers | None = None
        """Counts the requests of the client whose plain request is being received."""
        self._body: list[bytes] | None = None
        """The pieces of a plain request's body; otherwise None.

        `_in_body` is also true in the body of a request for the application."""
        self._head = b""
        """The head at the start of the data that is being parsed, if it is complete."""
        self._traceparent: bytes | None = None
        """The traceparent of the plain request that is being received."""
        self._allowed: tuple[tuple[bytes, bytes], ...] = ()
        """The headers that let a page of another origin read the reply to that request."""
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
                body, rest = self._heads.split(data)
                if body is None:
                    break
                data = rest
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
            targets = self._heads.targets
            length = find_plain_body_length(method, self.url, version, self.headers, targets)
        if length is None or not self._may_pass():
            super().on_headers_complete()
            return
        self._require_allowed_host()
        self._begin_body()
        self._body = []
        self._traceparent = find_traceparent(self.headers)
        self._allowed = self._origins.find(self.headers) if self._origins else ()
        # Each request has its own traceparent, so its head does not come again. A known head says
        # nothing of its origin.
        if self._head and self._traceparent is None and not self._allowed:
            self._heads.add(self._head, length, self._client)

    def _may_pass(self) -> bool:
        """Identify the client. The application refuses a request without a good key."""
        if self._gate is None:
            return True
        client = self._gate.identify(self.headers)
        self._client = None if isinstance(client, Reply) else client
        return self._client is not None

    def on_body(self, body: bytes) -> None:
        """Keep a piece of a plain request's body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._parser_reported = True
            self._body.append(body)
            self._count_upload(len(body))
            if self._is_refused:
                raise RefusedError

    def on_message_complete(self) -> None:
        """Submit a complete plain request."""
        # A later head in this piece of data is not at its start.
        self._head = b""
        if self._body is None:
            super().on_message_complete()
            return
        self._end_body()
        self._release_upload()
        body, self._body = b"".join(self._body), None
        if may_exceed_json_rows(body):
            self._pass_on(body)
            return
        if self._client is not None:
            self._client[0] += 1
        self._submit(body, self._traceparent, self._allowed)

    def _pass_on(self, body: bytes) -> None:
        """Let the application answer a request after all: many rows would delay all others."""
        super().on_headers_complete()
        super().on_body(body)
        super().on_message_complete()

    def _submit(
        self,
        body: bytes,
        traceparent: bytes | None = None,
        allowed: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self._unanswered += 1
        if self._unanswered > MAX_UNANSWERED:
            self.flow.pause_reading()
        target: ReplyTarget = AllowedTarget(self, allowed) if allowed else self
        if traceparent is None:
            self._batcher.submit(body, target)
        else:
            traced = TracedTarget(target, traceparent, self._spans)
            self._batcher.submit(TracedBody.mark(body, traceparent), traced)

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
        if self._held is not None:
            release_upload(self._held[0].scope)
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
