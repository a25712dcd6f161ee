"""A receiver of spans: a real server that reads what OpenTelemetry's exporters send."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from tests.support.http.fake_server import FakeService, fake_server


@dataclass(frozen=True)
class ReceivedSpan:
    """One span."""

    name: str
    trace: str
    number: str
    parent: str
    service: str
    instance: str
    """Differs for each process."""
    start: int
    end: int
    is_error: bool
    message: str
    events: int
    attributes: dict[str, str | int]


@dataclass
class SpanReceiver:
    """A server's spans, in the order in which they arrived."""

    respond: Callable[[], int] = lambda: 200
    url: str = ""
    count: int = 0
    """Requests so far, refused ones too."""
    spans: list[ReceivedSpan] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes) -> None:
        """Read one request."""
        request = ExportTraceServiceRequest.FromString(body)
        with self.lock:
            self.bodies.append(body)
            for group in request.resource_spans:
                resource = _read(group.resource.attributes)
                for scope in group.scope_spans:
                    for each in scope.spans:
                        self.spans.append(
                            ReceivedSpan(
                                each.name,
                                each.trace_id.hex(),
                                each.span_id.hex(),
                                each.parent_span_id.hex(),
                                str(resource["service.name"]),
                                str(resource["service.instance.id"]),
                                each.start_time_unix_nano,
                                each.end_time_unix_nano,
                                each.status.code == each.status.STATUS_CODE_ERROR,
                                each.status.message,
                                len(each.events),
                                _read(each.attributes),
                            )
                        )

    def named(self, name: str) -> list[ReceivedSpan]:
        """Return the spans with this name."""
        return [each for each in self.spans if each.name == name]


def _read(attributes: Iterable[KeyValue]) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for each in attributes:
        value = each.value
        found[each.key] = value.string_value if value.HasField("string_value") else value.int_value
    return found


@contextmanager
def span_receiver(
    respond: Callable[[], int] = lambda: 200, host: str = "127.0.0.1"
) -> Iterator[SpanReceiver]:
    """Serve until the block ends; *respond* returns the status of each response."""
    receiver = SpanReceiver(respond)

    class Handler(FakeService):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status = receiver.respond()
            if status == 200:
                receiver.take(body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()
            receiver.count += 1

    with fake_server(Handler, host=host) as port:
        receiver.url = f"http://{host}:{port}"
        yield receiver
