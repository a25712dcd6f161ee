"""Names and signatures of uvicorn that the protocols use. A changed one fails here."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from predictor.http.fast_protocol import FastProtocol
from shared.http.limits_protocol import LimitsProtocol
from shared.http.shutdown_protocol import ShutdownProtocol

SIGNATURES: dict[Callable[..., Any], str] = {
    HttpToolsProtocol.__init__: "(self, config, server_state, app_state, _loop=None)",
    HttpToolsProtocol.connection_made: "(self, transport)",
    HttpToolsProtocol.connection_lost: "(self, exc)",
    HttpToolsProtocol.data_received: "(self, data)",
    HttpToolsProtocol.eof_received: "(self)",
    HttpToolsProtocol.pause_writing: "(self)",
    HttpToolsProtocol.resume_writing: "(self)",
    HttpToolsProtocol.shutdown: "(self)",
    HttpToolsProtocol.on_message_begin: "(self)",
    HttpToolsProtocol.on_url: "(self, url)",
    HttpToolsProtocol.on_header: "(self, name, value)",
    HttpToolsProtocol.on_headers_complete: "(self)",
    HttpToolsProtocol.on_body: "(self, body)",
    HttpToolsProtocol.on_message_complete: "(self)",
    HttpToolsProtocol.on_response_complete: "(self)",
    HttpToolsProtocol._start_asgi_task: "(self, cycle, app)",
    HttpToolsProtocol._unset_keepalive_if_required: "(self)",
    FlowControl.pause_reading: "(self)",
    FlowControl.resume_reading: "(self)",
}
ATTRIBUTES: dict[Callable[..., Any], set[str]] = {
    HttpToolsProtocol.__init__: {
        "app_state",
        "cycle",
        "flow",
        "headers",
        "loop",
        "parser",
        "pipeline",
        "server_state",
        "transport",
    },
    HttpToolsProtocol.on_message_begin: {"url", "headers"},
    RequestResponseCycle.__init__: {
        "disconnected",
        "keep_alive",
        "message_event",
        "response_complete",
        "response_started",
    },
    ServerState.__init__: {"connections", "default_headers", "total_requests"},
    FlowControl.__init__: {"read_paused", "write_paused"},
}


def shown(function: Callable[..., Any]) -> str:
    """Return a signature without its types."""
    parameters = [
        f"{name}={parameter.default}" if parameter.default is not parameter.empty else name
        for name, parameter in inspect.signature(function).parameters.items()
    ]
    return f"({', '.join(parameters)})"


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__qualname__)
def test_a_method_of_uvicorn_keeps_its_signature(function: Callable[..., Any]) -> None:
    assert shown(function) == SIGNATURES[function]


@pytest.mark.parametrize("function", ATTRIBUTES, ids=lambda function: function.__qualname__)
def test_an_attribute_of_uvicorn_still_exists(function: Callable[..., Any]) -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    assert ATTRIBUTES[function] - found == set()


@pytest.mark.parametrize("kind", [ShutdownProtocol, LimitsProtocol, FastProtocol])
def test_nothing_is_used_of_uvicorn_that_is_not_listed(kind: type) -> None:
    listed = {function.__name__ for function in SIGNATURES} | set().union(*ATTRIBUTES.values())
    own = {name for base in kind.__mro__ if base is not HttpToolsProtocol for name in vars(base)}
    module = inspect.getmodule(kind)
    assert module is not None
    used = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Attribute)
    }
    inherited = {name for name in dir(HttpToolsProtocol) if not name.startswith("__")}
    assert used & inherited - own <= listed


def test_uvicorns_server_makes_and_stops_protocols_as_before() -> None:
    from uvicorn.server import Server  # noqa: PLC0415 - only this test needs it

    source = inspect.getsource(Server)
    for line in (
        "config.http_protocol_class(",
        "app_state=self.lifespan.state",
        "connection.shutdown()",
        "self.server_state.default_headers = ",
    ):
        assert line in source, line
