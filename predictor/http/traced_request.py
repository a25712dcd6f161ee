"""Plain requests whose replies have more headers: a traceparent, or those for an allowed origin.

Other plain requests pass none of this code.
"""

import asyncio
import time

from predictor.codec.reply import PREDICT_PATH, Reply
from predictor.prediction.micro_batcher import ReplyTarget
from predictor.prediction.prediction_spans import PredictionSpans
from shared.tracing.traceparent import NAME


class TracedTarget:
    """A target that adds a traceparent to its reply, and passes the reply on to *target*.

    With *spans*, a span of the request follows, after all replies of the turn.
    """

    def __init__(
        self, target: ReplyTarget, traceparent: bytes, spans: PredictionSpans | None
    ) -> None:
        self._target = target
        self._traceparent = traceparent
        self._spans = spans
        self._since = time.perf_counter()

    def deliver(self, reply: Reply) -> None:
        """Add the header to one reply."""
        self._target.deliver(add_traceparent(reply, self._traceparent))
        if self._spans is not None:
            span = (self._traceparent, PREDICT_PATH, reply, self._since, time.perf_counter())
            asyncio.get_running_loop().call_soon(self._spans.send, *span)


class AllowedTarget:
    """A target that adds *headers* to its reply, and passes the reply on to *target*."""

    def __init__(self, target: ReplyTarget, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        self._target = target
        self._headers = headers

    def deliver(self, reply: Reply) -> None:
        """Add the headers to one reply."""
        self._target.deliver(reply.with_headers(*self._headers))


def add_traceparent(reply: Reply, traceparent: bytes) -> Reply:
    """Return *reply* with one more header."""
    return reply.with_headers((NAME, traceparent))
