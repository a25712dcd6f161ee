"""The sender of spans. Only this module and `bounded_export` import OpenTelemetry's SDK."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

from shared.telemetry.attributes import Attributes
from shared.telemetry.bounded_export import BoundedExport
from shared.tracing.traceparent import parse_traceparent
from shared.version import VERSION


class SentSpan:
    """A span that is sent when it ends."""

    def __init__(self, found: trace.Span) -> None:
        self._span = found

    def add(self, attributes: Attributes) -> None:
        """Add attributes."""
        self._span.set_attributes(attributes)


class SpanSender:
    """Sends spans from a thread, so that neither work nor a client waits for the receiver."""

    def __init__(self, service: str, address: str) -> None:
        """Start the thread. Raises ValueError if a variable of OpenTelemetry is malformed."""
        self._export = BoundedExport(address)
        attributes = {SERVICE_VERSION: VERSION}
        if not _names_service():
            attributes[SERVICE_NAME] = service
        self._provider = TracerProvider(
            resource=Resource.create(attributes), shutdown_on_exit=False
        )
        self._provider.add_span_processor(self._export.processor)
        self._tracer = self._provider.get_tracer("modelgate", VERSION)

    @contextmanager
    def open(self, name: str, parent: str | None, since: int | None) -> Iterator[SentSpan]:
        """Send the block as a span."""
        with self._tracer.start_as_current_span(
            name,
            context=_read_context(parent),
            start_time=since,
            record_exception=False,
            set_status_on_exception=False,
        ) as opened:
            try:
                yield SentSpan(opened)
            except BaseException as error:
                opened.set_status(StatusCode.ERROR, type(error).__name__)
                raise

    def send(
        self,
        name: str,
        since: int,
        until: int,
        parent: str | None,
        attributes: Attributes,
        *,
        is_error: bool,
    ) -> None:
        """Send finished work."""
        sent = self._tracer.start_span(
            name,
            context=_read_context(parent),
            kind=SpanKind.INTERNAL if parent is None else SpanKind.SERVER,
            attributes=attributes,
            start_time=since,
        )
        if is_error:
            sent.set_status(StatusCode.ERROR)
        sent.end(until)

    def own_traceparent(self) -> str | None:
        """Return the traceparent of the current span; None without one that is sent."""
        context = trace.get_current_span().get_span_context()
        if not (context.is_valid and context.trace_flags.sampled):
            return None
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"

    def stop(self, seconds: float) -> None:
        """Send what is left, within *seconds*; wait for no receiver that does not respond."""
        thread = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        thread.start()
        thread.join(0 if self._export.is_failing else seconds)
        self._export.report_end()


def _names_service() -> bool:
    attributes = os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    names = {each.partition("=")[0].strip() for each in attributes.split(",")}
    return bool(os.environ.get("OTEL_SERVICE_NAME")) or SERVICE_NAME in names


def _read_context(traceparent: str | None) -> Context | None:
    """Return the context of a valid *traceparent*; None continues the current span."""
    value = None if traceparent is None else parse_traceparent(traceparent.encode(errors="replace"))
    if value is None:
        return None
    _, trace_id, span_id, flags = value.decode().split("-")
    parent = SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
    return trace.set_span_in_context(NonRecordingSpan(parent), Context())
