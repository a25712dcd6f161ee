"""Spans of requests for predictions whose client records its trace. Others pass none of this."""

import time

from predictor.codec.reply import Reply
from shared.telemetry.attributes import DIGEST, ROWS, VERSION
from shared.telemetry.spans import is_sending, send_span
from shared.tracing.traceparent import is_sampled

_KEPT = 8
"""Versions whose digests are remembered: replies of older ones are sent already."""


class PredictionSpans:
    """Sends a span for each reply to a sampled request."""

    def __init__(self) -> None:
        self._digests: dict[int, str] = {}

    @classmethod
    def create(cls) -> "PredictionSpans | None":
        """Return None if this process sends no spans."""
        return cls() if is_sending() else None

    def note_model(self, version: int, digest: str) -> None:
        """Remember the digest of a version that will be served."""
        kept = dict(list(self._digests.items())[1 - _KEPT :])
        self._digests = {**kept, version: digest}

    def send(
        self, traceparent: bytes | None, route: str, reply: Reply, since: float, until: float
    ) -> None:
        """Send the span of a reply. *since* and *until* are times of `time.perf_counter`."""
        if traceparent is None or not is_sampled(traceparent):
            return
        offset = time.time() - time.perf_counter()
        attributes: dict[str, str | int] = {
            "http.request.method": "POST",
            "http.route": route,
            "http.response.status_code": reply.status,
        }
        if reply.version:
            attributes[VERSION] = reply.version
        if digest := self._digests.get(reply.version):
            attributes[DIGEST] = digest
        if reply.rows:
            attributes[ROWS] = reply.rows
        send_span(
            f"POST {route}",
            *(round((offset + seconds) * 1e9) for seconds in (since, until)),
            parent=traceparent.decode(),
            attributes=attributes,
            is_error=reply.status >= 500,  # noqa: PLR2004 - server errors
        )
