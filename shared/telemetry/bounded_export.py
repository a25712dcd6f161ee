"""The export of spans to a receiver that may be slow or dead. Spans are dropped, work is not."""

import logging
import os
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from shared.telemetry.receiver_address import hide_secrets
from shared.text import shorten, to_printable

logger = logging.getLogger(__name__)

_DEFAULT_QUEUE = 2048
"""Spans that wait in memory; OpenTelemetry's own default."""
_LARGEST_QUEUE = 1_000_000
"""Spans; more of them would need gigabytes of memory."""
_DEFAULT_BATCH = 512
"""Spans of one request; OpenTelemetry's own default."""
_DEFAULT_DELAY = 5_000
"""Milliseconds from one request to the next; OpenTelemetry's own default."""
_LONGEST_DELAY = 86_400_000
"""Milliseconds of a day."""
_DIGITS = 10
"""The most digits of a number that is converted."""


class BoundedExport:
    """Sends spans in batches, and reports once when it fails and once when it works again."""

    def __init__(self, address: str) -> None:
        """Start the thread. Raises ValueError if a variable of OpenTelemetry is malformed."""
        size = _read_number("OTEL_BSP_MAX_QUEUE_SIZE", _DEFAULT_QUEUE, _LARGEST_QUEUE)
        messages = _LastMessage()  # before any work of OpenTelemetry, which may log secrets
        theirs = logging.getLogger("opentelemetry")
        theirs.handlers, theirs.propagate = [messages], False
        self._exporter = _ReportingExporter(OTLPSpanExporter(address), address, size, messages)
        self.processor = _BoundedProcessor(self._exporter, size)

    @property
    def is_failing(self) -> bool:
        """Whether the receiver did not take the last batch."""
        return self._exporter.is_failing

    def report_end(self) -> None:
        """Log how many spans were dropped, if not all were sent."""
        self._exporter.report_end()


class _LastMessage(logging.Handler):
    """Keeps the last message of OpenTelemetry's loggers, which would log each failed attempt."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.text = record.getMessage()


class _ReportingExporter(SpanExporter):
    def __init__(
        self, inner: SpanExporter, address: str, size: int, messages: _LastMessage
    ) -> None:
        self._inner = inner
        self._address = address
        self._size = size
        self._messages = messages
        self.is_failing = False
        self._counting = threading.Lock()
        self._unsent = 0
        """Spans in the queue, and those that are being sent."""
        self._dropped = 0

    def reserve(self) -> bool:
        """Count one more span; report whether there is space for it."""
        with self._counting:
            is_free = self._unsent < self._size
            self._unsent += is_free
            self._dropped += not is_free
        return is_free

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; drop it if that fails."""
        try:
            result = self._inner.export(spans)
        except Exception as error:  # noqa: BLE001 - the thread must continue
            self._messages.text = f"{type(error).__name__}: {error}"
            result = SpanExportResult.FAILURE
        is_sent = result is SpanExportResult.SUCCESS
        with self._counting:
            self._unsent -= len(spans)
            self._dropped += 0 if is_sent else len(spans)
        if is_sent:
            self.is_failing = False
            self._report_dropped()
        elif not self.is_failing:
            self.is_failing = True
            self._report_failure()
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        self._inner.shutdown()

    def report_end(self) -> None:
        """Log how many spans were not sent; no more of them are."""
        with self._counting:
            self._dropped += self._unsent
            self._unsent = 0
        self._report_dropped()

    def _report_failure(self) -> None:
        reason = self._messages.text
        if query := urlsplit(self._address).query:
            reason = reason.replace(query, "…")
        logger.warning(
            "Spans cannot be sent to %s: %s. The work goes on, and spans are dropped until the "
            "receiver takes them. Check OTEL_EXPORTER_OTLP_ENDPOINT and the receiver.",
            hide_secrets(self._address),
            shorten(to_printable(reason), 300).rstrip("."),
        )

    def _report_dropped(self) -> None:
        """Log the number of spans that were dropped since the last report."""
        with self._counting:
            count, self._dropped = self._dropped, 0
        if count:
            logger.warning(
                "Spans dropped: %d. %s did not take them in time.",
                count,
                hide_secrets(self._address),
            )


class _BoundedProcessor(BatchSpanProcessor):
    """Drops new spans while too many are not sent yet."""

    def __init__(self, exporter: _ReportingExporter, size: int) -> None:
        batch = min(_DEFAULT_BATCH, size)
        super().__init__(
            exporter,
            max_queue_size=size,
            max_export_batch_size=_read_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch, size),
            schedule_delay_millis=_read_number(
                "OTEL_BSP_SCHEDULE_DELAY", _DEFAULT_DELAY, _LONGEST_DELAY
            ),
        )
        self._reporting = exporter

    def on_end(self, span: ReadableSpan) -> None:
        """Put a span into the queue."""
        is_sampled = span.context and span.context.trace_flags.sampled
        if is_sampled and self._reporting.reserve():
            super().on_end(span)


def _read_number(name: str, default: int, most: int) -> int:
    """Return the whole number of a variable, from 1 to *most*; *default* if it is not set."""
    value = os.environ.get(name) or str(default)
    number = int(value) if value.isdecimal() and len(value) <= _DIGITS else 0
    if not 1 <= number <= most:
        raise ValueError(f"{name} is {value!r:.100}; expected a whole number from 1 to {most}")
    return number
