"""Spans reach a receiver with what they may contain. A dead receiver costs only spans.

The receiver is a real server, which decodes what OpenTelemetry's exporter sends.
"""

import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from shared.errors import SettingsError
from shared.telemetry.attributes import OUTCOME, ROWS
from shared.telemetry.spans import own_traceparent, send_span, span, start_spans, stop_spans
from tests.support.http.span_receiver import SpanReceiver, span_receiver
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture(autouse=True)
def _no_spans_afterwards() -> Iterator[None]:
    yield
    stop_spans(0)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpanReceiver]:
    with span_receiver() as running:
        monkeypatch.setenv(ENDPOINT, running.url)
        yield running


def test_spans_are_nested_and_name_their_service(receiver: SpanReceiver) -> None:
    start_spans("toy")
    with span("outer") as outer:
        outer.add({OUTCOME: "promoted"})
        traceparent = own_traceparent()
        with span("inner", since=1_000):
            pass
        send_span("earlier", 1_000, 2_000, attributes={ROWS: 3})
    stop_spans(30)
    inner, earlier, found = receiver.spans
    assert [each.name for each in receiver.spans] == ["inner", "earlier", "outer"]
    assert inner.parent == earlier.parent == found.number
    assert (inner.start, earlier.start, earlier.end) == (1_000, 1_000, 2_000)
    assert found.attributes == {"modelgate.outcome": "promoted"}
    assert earlier.attributes == {"modelgate.rows": 3}
    assert traceparent == f"00-{found.trace}-{found.number}-01"
    assert {each.service for each in receiver.spans} == {"toy"}


@pytest.mark.parametrize(
    ("parent", "is_continued"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", False),
        ("\ud800", False),
        ("", False),
    ],
)
def test_only_a_valid_trace_of_another_process_is_continued(
    receiver: SpanReceiver, parent: str, *, is_continued: bool
) -> None:
    start_spans("toy")
    with span("decide", parent):
        pass
    stop_spans(30)
    (found,) = receiver.spans
    assert (found.trace == "4bf92f3577b34da6a3ce929d0e0e4736") == is_continued
    assert found.parent == ("00f067aa0ba902b7" if is_continued else "")


def test_an_error_is_sent_without_its_message(receiver: SpanReceiver) -> None:
    start_spans("toy")
    with pytest.raises(ValueError, match="mean radius"), span("load"):
        raise ValueError("mean radius is 17.99")
    stop_spans(30)
    (found,) = receiver.spans
    assert (found.is_error, found.message, found.events) == (True, "ValueError", 0)
    assert b"radius" not in b"".join(receiver.bodies)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_SERVICE_NAME", "mine"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=mine"),
    ],
)
def test_a_service_can_have_another_name(
    receiver: SpanReceiver, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    start_spans("toy")
    send_span("work", 1, 2)
    stop_spans(30)
    assert [each.service for each in receiver.spans] == ["mine"]


def test_a_failing_receiver_is_reported_once_and_the_lost_spans_are_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    status = 400
    with span_receiver(lambda: status) as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.url}?key=secret")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "5")
        start_spans("toy")
        for number in range(1, 4):
            send_span("lost", 1, 2)
            wait_for(lambda least=number: receiver.count >= least, "a request")  # type: ignore[misc]
        wait_for(lambda: "cannot be sent" in caplog.text, "the report")
        status = 200
        send_span("kept", 1, 2)
        wait_for(lambda: "Spans dropped" in caplog.text, "the count")
    assert caplog.text.count("cannot be sent") == 1
    assert "secret" not in caplog.text
    (dropped,) = re.findall(r"Spans dropped: (\d+)", caplog.text)
    assert int(dropped) + len(receiver.spans) == 4
    assert receiver.named("kept")


def test_work_never_waits_for_a_receiver_that_does_not_respond(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    may_respond = threading.Event()

    def respond() -> int:
        may_respond.wait()
        return 200

    with span_receiver(respond) as receiver:
        monkeypatch.setenv(ENDPOINT, receiver.url)
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "4")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
        start_spans("toy")
        for _ in range(100):
            send_span("work", 1, 2)
        stop_spans(0)
        # It still has the four that were in the queue.
        assert "Spans dropped: 100." in caplog.text
        assert receiver.spans == []
        may_respond.set()
        wait_for(lambda: len(receiver.spans) == 4, "the queue to empty")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "1000001"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "9" * 5000),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2049"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "9" * 20),
    ],
)
@pytest.mark.usefixtures("receiver")
def test_a_malformed_variable_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"OTEL_ cannot be used: {name} is .* from 1 to"):
        start_spans("toy")


def test_a_queue_may_be_shorter_than_a_usual_batch(
    receiver: SpanReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
    start_spans("toy")
    send_span("work", 1, 2)
    stop_spans(30)
    assert [each.name for each in receiver.spans] == ["work"]


@pytest.mark.usefixtures("receiver")
def test_opentelemetry_logs_nothing_by_itself_while_it_starts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "not a number")
    start_spans("toy")
    assert caplog.text == ""


def run(script: str, **variables: str) -> str:
    """Run a script in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_imported_and_no_thread_starts_without_a_receiver() -> None:
    script = (
        "import sys, threading, gatekeeper.__main__, predictor.server, trainer.__main__\n"
        "from shared.telemetry.attributes import ROWS\n"
        "from shared.telemetry.spans import send_span, span, start_spans, stop_spans\n"
        "start_spans('toy')\n"
        "with span('work') as work: work.add({ROWS: 1})\n"
        "send_span('work', 1, 2); stop_spans(1)\n"
        "print(threading.active_count(), *sys.modules)\n"
    )
    threads, *modules = run(script).split()
    assert threads == "1"
    slow = ("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf", "requests")
    assert [name for name in modules if name.startswith(slow)] == []


def test_a_receiver_without_the_packages_stops_the_start() -> None:
    script = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "from shared.errors import SettingsError\n"
        "from shared.telemetry.spans import start_spans\n"
        "try: start_spans('toy')\n"
        "except SettingsError as error: print(error)\n"
    )
    printed = run(script, OTEL_EXPORTER_OTLP_ENDPOINT="http://localhost:4318")
    assert "the package opentelemetry.sdk" in printed
    assert "Install requirements/otel.txt (OTEL=true" in printed


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    """Give OpenTelemetry's logger back to the tests of others."""
    theirs = logging.getLogger("opentelemetry")
    kept = theirs.handlers, theirs.propagate
    yield
    theirs.handlers, theirs.propagate = kept
