"""Standard variables of OpenTelemetry name the receiver, and wrong ones stop the start."""

import pytest
from opentelemetry.util.re import parse_env_headers

from shared.errors import SettingsError
from shared.telemetry.receiver_address import find_receiver, hide_secrets

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
GOOD = {ENDPOINT: "http://localhost:4318"}


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, None),
        ({ENDPOINT: ""}, None),
        (GOOD, "http://localhost:4318/v1/traces"),
        ({ENDPOINT: "https://host/otlp/"}, "https://host/otlp/v1/traces"),
        ({**GOOD, TRACES: "http://other:1/here"}, "http://other:1/here"),
        ({**GOOD, "OTEL_TRACES_EXPORTER": "otlp"}, "http://localhost:4318/v1/traces"),
        ({**GOOD, "OTEL_TRACES_EXPORTER": "none"}, None),
        ({**GOOD, "OTEL_SDK_DISABLED": "True"}, None),
        ({"OTEL_SDK_DISABLED": "True", **GOOD, HEADERS: "malformed"}, None),
        ({**GOOD, HEADERS: " a = b c%2C, x-key=a==, "}, "http://localhost:4318/v1/traces"),
    ],
)
def test_spans_go_to_the_standard_address(variables: dict[str, str], address: str | None) -> None:
    assert find_receiver(variables) == address


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({ENDPOINT: "user:secret@localhost:4318"}, f"{ENDPOINT} is not an address of HTTP"),
        ({ENDPOINT: "grpc://localhost:4317"}, f"{ENDPOINT} is not an address of HTTP"),
        ({ENDPOINT: "http://[secret"}, f"{ENDPOINT} is not an address of HTTP"),
        ({ENDPOINT: "http://host:99999"}, f"{ENDPOINT} is not an address of HTTP"),
        ({**GOOD, TRACES: "http://"}, f"{TRACES} is not an address of HTTP"),
        ({**GOOD, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "only 'http/protobuf' can be used"),
        ({**GOOD, HEADERS: "authorization: Bearer secret"}, "its header 1 is malformed"),
        ({**GOOD, HEADERS: "a=b,key=secret;x"}, f"{HEADERS} cannot be used: its header 2"),
        ({**GOOD, HEADERS: "key=sec\u0440et secret"}, "its header 1 is malformed"),
        ({**GOOD, HEADERS: "key=secret%0A%20x"}, "its header 1 is malformed"),
        ({**GOOD, HEADERS: "key=secret%C2x"}, "its header 1 is malformed"),
        ({**GOOD, "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "secret"}, "TRACES_HEADERS cannot be used"),
        ({**GOOD, "OTEL_TRACES_EXPORTER": "zipkin"}, "only 'otlp' or 'none' can be used"),
    ],
)
def test_an_unusable_variable_is_named_without_its_secrets(
    variables: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        find_receiver(variables)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_messages_show_an_address_without_its_secrets() -> None:
    shown = hide_secrets("https://user:secret@host:4318/v1/traces?key=secret")
    assert shown == "https://host:4318/v1/traces"


@pytest.mark.parametrize("headers", ["", " a = b c%2C, x-key=a==, ", "~=~,_=,!#$&'*+.^`|=%41"])
def test_opentelemetry_reads_each_header_that_is_accepted(
    headers: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert find_receiver({**GOOD, HEADERS: headers}) is not None
    read = parse_env_headers(headers, liberal=True)
    assert len(read) == len([part for part in headers.split(",") if part.strip()])
    assert caplog.text == ""
